// The storage node's part of the agent: the state of the replicas, looked at twenty times a second,
// and scans of the VMs' volumes.
//
// Why by looking: the kernel reports DRBD's changes only through its own netlink family; one read
// of /proc/drbd costs some microseconds, and a change is bounded by the looks before and after it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/agent/dispatch.hpp"
#include "harness/agent/event_log.hpp"
#include "harness/agent/storage/drbd_status.hpp"
#include "harness/core/handle.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

class StoragePart {
 public:
  // `loop` and `events` outlive this.
  StoragePart(EventLoop& loop, std::string proc_drbd, EventLog& events);
  ~StoragePart();
  StoragePart(const StoragePart&) = delete;
  StoragePart& operator=(const StoragePart&) = delete;

  void add_to(Dispatcher& dispatcher);
  // One look. Runs by itself.
  void look();

 private:
  Result<DrbdStatus> read();

  EventLoop& loop_;
  std::string proc_drbd_;
  EventLog& events_;
  UniqueFd file_;
  std::optional<DrbdStatus> status_;  // nothing: DRBD's module is not loaded
  std::optional<NodeTime> last_look_;
  EventLoop::TimerId timer_ = 0;
};

}  // namespace splitsite::agent
