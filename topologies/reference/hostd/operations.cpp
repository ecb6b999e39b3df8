#include "topologies/reference/hostd/operations.hpp"

#include <utility>

namespace splitsite::reference::hostd {

Operations::~Operations() {
  std::list<Running> rest;
  {
    const std::lock_guard lock(mutex_);
    rest.swap(running_);
  }
}

void Operations::run(std::function<void()> action) {
  const std::lock_guard lock(mutex_);
  reap();
  Running& entry = running_.emplace_back();
  entry.thread = std::jthread([&entry, action = std::move(action)] {
    action();
    entry.finished = true;
  });
}

void Operations::reap() {
  running_.remove_if([](const Running& entry) { return entry.finished.load(); });
}

Periodic::Periodic(Duration every, std::function<void()> action)
    : thread_([this, every, action = std::move(action)](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          action();
          std::unique_lock lock(mutex_);
          wake_.wait_for(lock, stop, every, [] { return false; });
        }
      }) {}

}  // namespace splitsite::reference::hostd
