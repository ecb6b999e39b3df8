#include "harness/agent/host/sanlock_watch.hpp"

#include "harness/agent/host/sanlock_status.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

constexpr Duration look_every = 250ms;
constexpr Duration patience = 5s;

SanlockStatus status_of(const std::string& socket_path, const std::string& lockspace) {
  const auto answer = ask_for_status(socket_path, patience);
  if (!answer) return SanlockStatus{.trouble = answer.error().message()};
  const auto status = read_status(answer.value(), lockspace);
  if (!status) return SanlockStatus{.trouble = status.error().message()};
  return status.value();
}

}  // namespace

SanlockWatch::SanlockWatch(EventLoop& loop, std::string lockspace, OnStatus on_status)
    : loop_(loop),
      lockspace_(std::move(lockspace)),
      on_status_(std::move(on_status)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void SanlockWatch::look() {
  {
    const std::lock_guard lock(mutex_);
    look_now_ = true;
  }
  changed_.notify_one();
}

void SanlockWatch::wait_for_next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, look_every, [this] { return look_now_; });
  look_now_ = false;
}

void SanlockWatch::run(const std::stop_token& stop) {
  const std::string socket_path = sanlock_socket_path();
  std::optional<NodeTime> before;
  while (true) {
    wait_for_next(stop);
    if (stop.stop_requested()) return;
    const NodeTime begun = node_now();
    const SanlockStatus status = status_of(socket_path, lockspace_);
    loop_.post([this, status, before] { on_status_(status, before); });
    // What is found next may have begun to be true right after this look began, if it saw anything.
    if (status.daemon) before = begun;
  }
}

}  // namespace splitsite::agent
