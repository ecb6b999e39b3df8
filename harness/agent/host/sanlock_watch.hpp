// Looks at the local sanlock daemon four times a second, and at once when asked to, in a thread of
// its own, because the daemon answers slowly while its storage does.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "harness/agent/host/host_truth.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

class SanlockWatch {
 public:
  // Called in the loop's thread; `since` is when the look before this one ended.
  using OnStatus = std::function<void(const SanlockStatus&, std::optional<NodeTime> since)>;

  // `holder` is the program, by its command name, that holds leases besides the VMs.
  SanlockWatch(EventLoop& loop, std::string lockspace, std::string holder, OnStatus on_status);

  // From now on asks for the leases of these processes too, and looks at once.
  void follow(std::set<pid_t> pids);

 private:
  void run(const std::stop_token& stop);
  std::set<pid_t> next_pids(const std::stop_token& stop);

  EventLoop& loop_;
  std::string lockspace_;
  std::string holder_;
  OnStatus on_status_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<pid_t> pids_;
  bool look_now_ = false;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace splitsite::agent
