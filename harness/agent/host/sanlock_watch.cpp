#include "harness/agent/host/sanlock_watch.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "harness/agent/host/sanlock_wire.hpp"
#include "harness/core/handle.hpp"

// In libsanlock_client for sanlock's own command line; connects, sends the request, returns the
// socket or a negative errno.
extern "C" int send_command(int command, std::uint32_t data);

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

constexpr Duration look_every = 250ms;
constexpr timeval longest_answer{.tv_sec = 2, .tv_usec = 0};

// All the daemon says; empty when it does not answer.
std::string ask_daemon() {
  const int outcome = ::send_command(wire::command_status, 0);
  if (outcome < 0) return {};
  const UniqueFd daemon(outcome);
  ::setsockopt(daemon.get(), SOL_SOCKET, SO_RCVTIMEO, &longest_answer, sizeof longest_answer);
  std::string answer;
  std::array<char, 16 * 1024> bytes{};
  while (true) {
    const ssize_t got = ::recv(daemon.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {};
    if (got == 0) return answer;
    answer.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

SanlockWatch::SanlockWatch(EventLoop& loop, std::string lockspace, OnStatus on_status)
    : loop_(loop),
      lockspace_(std::move(lockspace)),
      on_status_(std::move(on_status)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void SanlockWatch::look_now() {
  {
    const std::lock_guard lock(mutex_);
    look_now_ = true;
  }
  asked_.notify_one();
}

void SanlockWatch::wait(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  asked_.wait_for(lock, stop, look_every, [this] { return look_now_; });
  look_now_ = false;
}

void SanlockWatch::run(const std::stop_token& stop) {
  std::optional<NodeTime> before;
  while (true) {
    wait(stop);
    if (stop.stop_requested()) return;
    const NodeTime begun = node_now();
    // An answer we cannot read counts as none: the truth keeps what it knew.
    const auto parsed = parse_sanlock_status(ask_daemon(), lockspace_);
    loop_.post([this, status = parsed ? parsed.value() : SanlockStatus{}, before] {
      on_status_(status, before);
    });
    // What the next look finds may have begun to be true right after this one began.
    before = begun;
  }
}

}  // namespace splitsite::agent
