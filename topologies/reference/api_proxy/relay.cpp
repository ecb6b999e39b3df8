#include "topologies/reference/api_proxy/relay.hpp"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace splitsite::reference {
namespace {

constexpr std::size_t kMostHeld = 1u << 20;  // of one flow; then its sender has to wait

bool would_block() { return errno == EAGAIN || errno == EINTR || errno == EINPROGRESS; }

}  // namespace

void reset_connection(UniqueFd socket) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

Relay::Relay(EventLoop& loop, UniqueFd client, const sockaddr_in& server, Duration answers_later,
             std::function<void()> on_end)
    : loop_(loop),
      client_(std::move(client)),
      server_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      on_end_(std::move(on_end)),
      questions_{.from = client_, .to = server_, .later = Duration::zero()},
      answers_{.from = server_, .to = client_, .later = answers_later} {
  const int yes = 1;
  for (const int fd : {client_.get(), server_.get()}) {
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  const int begun =
      ::connect(server_.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server);
  broken_ = begun != 0 && errno != EINPROGRESS;
  const auto watch = [this](int fd, std::uint32_t events) {
    broken_ = broken_ || !loop_.watch(fd, events, [this](std::uint32_t now) { wake(now); });
  };
  watch(client_.get(), 0);
  watch(server_.get(), EPOLLOUT);
  if (broken_) timer_ = loop_.after(Duration::zero(), [this] { end(); });
}

Relay::~Relay() {
  loop_.cancel(timer_);
  if (client_) loop_.forget(client_.get());
  if (server_) loop_.forget(server_.get());
  // Either end learns of a relay that was cut off in the middle.
  if (client_ && !answers_.written_all) reset_connection(std::move(client_));
  if (server_ && !questions_.written_all) reset_connection(std::move(server_));
}

void Relay::wake(std::uint32_t events) {
  if ((events & EPOLLERR) != 0) return end();
  connected_ = connected_ || (events & EPOLLOUT) != 0;
  settle();
}

// Moves what can be moved, and asks for the next event. An end without more to do ends the relay.
void Relay::settle() {
  now_ = steady_clock().now();  // one moment for all: what is not due at it gets a timer
  for (Flow* flow : {&questions_, &answers_}) {
    read(*flow);
    if (connected_) write(*flow);
  }
  if (broken_) return end();
  if (answers_.written_all) return end();  // a server that has said all hears nothing more
  // Nothing comes or goes there any more, and the kernel would say so without end.
  if (answers_.read_all && questions_.written_all && server_) {
    loop_.forget(server_.get());
    server_.reset();
  }
  if (client_) loop_.change(client_.get(), wanted(client_));
  if (server_) loop_.change(server_.get(), wanted(server_));
  loop_.cancel(timer_);
  timer_ = 0;
  if (!answers_.chunks.empty() && !due(answers_)) {
    timer_ = loop_.after(answers_.chunks.front().due - now_, [this] { settle(); });
  }
}

void Relay::read(Flow& flow) {
  std::array<char, 16384> bytes{};
  while (!flow.read_all && flow.held < kMostHeld) {
    const ssize_t got = ::recv(flow.from.get(), bytes.data(), bytes.size(), 0);
    if (got < 0) {
      // Not connected yet is no failure of the server's side.
      broken_ = broken_ || (!would_block() && errno != ENOTCONN);
      return;
    }
    const auto count = static_cast<std::size_t>(got);
    flow.read_all = count == 0;
    flow.held += count;
    flow.chunks.push_back({.due = now_ + flow.later, .bytes = std::string(bytes.data(), count)});
  }
}

void Relay::write(Flow& flow) {
  while (due(flow)) {
    Chunk& chunk = flow.chunks.front();
    if (chunk.bytes.empty()) {
      ::shutdown(flow.to.get(), SHUT_WR);
      flow.written_all = true;
    } else {
      const ssize_t sent =
          ::send(flow.to.get(), chunk.bytes.data(), chunk.bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        broken_ = broken_ || !would_block();
        return;
      }
      flow.held -= static_cast<std::size_t>(sent);
      chunk.bytes.erase(0, static_cast<std::size_t>(sent));
      if (!chunk.bytes.empty()) continue;
    }
    flow.chunks.pop_front();
  }
}

bool Relay::due(const Flow& flow) const {
  return !flow.chunks.empty() && flow.chunks.front().due <= now_;
}

std::uint32_t Relay::wanted(const UniqueFd& fd) const {
  std::uint32_t events = 0;
  if (&fd == &server_ && !connected_) return EPOLLOUT;
  for (const Flow* flow : {&questions_, &answers_}) {
    if (&flow->from == &fd && !flow->read_all && flow->held < kMostHeld) events |= EPOLLIN;
    if (&flow->to == &fd && due(*flow)) events |= EPOLLOUT;
  }
  return events;
}

void Relay::end() {
  loop_.cancel(timer_);
  timer_ = 0;
  const auto on_end = std::move(on_end_);
  on_end_ = nullptr;
  if (on_end) on_end();
}

}  // namespace splitsite::reference
