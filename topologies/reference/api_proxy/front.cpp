#include "topologies/reference/api_proxy/front.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace splitsite::reference {
namespace {

constexpr Duration kLookAgain = std::chrono::milliseconds(250);
constexpr std::size_t kMostConnections = 512;

sockaddr_in by_loopback(sockaddr_in at) {
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return at;
}

}  // namespace

Result<std::unique_ptr<Front>> Front::begin(EventLoop& loop, FrontSetting setting,
                                            std::function<void(const FrontCount&)> on_change) {
  std::unique_ptr<Front> front(new Front(loop, std::move(setting), std::move(on_change)));
  const Treatment& treatment = front->setting_.treatment;
  if (treatment.mode == Mode::HttpError) {
    SPLITSITE_TRY(front->errors_,
                  ErrorServer::start(treatment.status, front->setting_.certificates));
  }
  SPLITSITE_TRY_VOID(front->take_over());
  front->look_again();
  return front;
}

Front::Front(EventLoop& loop, FrontSetting setting,
             std::function<void(const FrontCount&)> on_change)
    : loop_(loop),
      setting_(std::move(setting)),
      on_change_(std::move(on_change)),
      drawn_(setting_.treatment.seed) {
  timer_ = loop_.every(kLookAgain, [this] { look_again(); });
}

Front::~Front() {
  loop_.cancel(timer_);
  let_go();
  relays_.clear();
  for (auto& [fd, client] : held_) {
    loop_.forget(fd);
    reset_connection(std::move(client));
  }
}

Result<void> Front::take_over() {
  SPLITSITE_TRY(Takeover taken, Takeover::begin(setting_.at));
  takeover_.emplace(std::move(taken));
  SPLITSITE_TRY_VOID(
      loop_.watch(takeover_->listener(), EPOLLIN, [this](std::uint32_t) { accept_clients(); }));
  SPLITSITE_TRY_VOID(
      loop_.watch(takeover_->server(), EPOLLIN, [this](std::uint32_t) { let_go(); }));
  count_.in_force = true;
  return success();
}

void Front::let_go() {
  if (!takeover_) return;
  loop_.forget(takeover_->listener());
  loop_.forget(takeover_->server());
  takeover_.reset();
  count_.in_force = false;
}

// A connection may have waited in the server's queue when we came, and a new server may be there.
void Front::look_again() {
  if (!takeover_ && !take_over()) let_go();
  if (takeover_) count_.moved += static_cast<std::uint64_t>(takeover_->move_open_connections());
  if (count_ != std::exchange(told_, count_) && on_change_) on_change_(count_);
}

void Front::accept_clients() {
  while (takeover_) {
    UniqueFd client(
        ::accept4(takeover_->listener(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client) return;
    if (relays_.size() + held_.size() >= kMostConnections) {
      reset_connection(std::move(client));
      continue;
    }
    treat(std::move(client));
  }
}

void Front::treat(UniqueFd client) {
  if (!hit()) {
    ++count_.let_through;
    return relay(std::move(client), by_loopback(setting_.at), Duration::zero());
  }
  ++count_.treated;
  switch (setting_.treatment.mode) {
    case Mode::Slow:
      return relay(std::move(client), by_loopback(setting_.at), setting_.treatment.per_answer);
    case Mode::Reset:
      return reset_connection(std::move(client));
    case Mode::BlackHole:
      return hold(std::move(client));
    case Mode::HttpError:
      return relay(std::move(client), errors_->address(), Duration::zero());
  }
}

// A linear congruential draw: the n-th connection of the same seed is always treated the same.
bool Front::hit() {
  drawn_ = drawn_ * 6364136223846793005ULL + 1442695040888963407ULL;
  return static_cast<double>(drawn_ >> 33) / 2147483648.0 * 100 < setting_.treatment.share_percent;
}

void Front::relay(UniqueFd client, const sockaddr_in& server, Duration later) {
  const std::uint64_t id = ++last_relay_;
  relays_[id] = std::make_unique<Relay>(loop_, std::move(client), server, later,
                                        [this, id] { relays_.erase(id); });
}

// Read and thrown away, so that the client can say all it has to.
void Front::hold(UniqueFd client) {
  const int fd = client.get();
  held_[fd] = std::move(client);
  const auto watched = loop_.watch(fd, EPOLLIN, [this, fd](std::uint32_t) {
    std::array<char, 4096> bytes{};
    if (::recv(fd, bytes.data(), bytes.size(), 0) > 0) return;
    loop_.forget(fd);
    held_.erase(fd);
  });
  if (!watched) held_.erase(fd);
}

}  // namespace splitsite::reference
