// The one thread that touches shared storage for the agent, so that storage which hangs holds up
// nobody else: H's broker/status_broker.py, StatusStorageThread. What was read counts for a while
// only; after that the agent is told that storage is gone.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "harness/time/clock.hpp"
#include "topologies/reference/ha_agent/edge/ports.hpp"

namespace splitsite::reference::ha {

struct StorageView {
  std::optional<std::string> area;  // none: `error` says why
  std::string error;
};

class StorageThread {
 public:
  // Reads every `every` (STORAGE_DELAY), writes as soon as something is posted. A view older than
  // `overdue` is none.
  StorageThread(Disk& disk, int host_id, Clock& clock, Duration every, Duration overdue);
  // Waits for a call under way: a program that must end at once ends without destroying this.
  ~StorageThread() = default;
  StorageThread(const StorageThread&) = delete;
  StorageThread& operator=(const StorageThread&) = delete;

  void post(std::string block);  // the newest one counts
  StorageView latest();
  bool all_written();  // what was posted last is on storage

 private:
  void work(const std::stop_token& stop);
  void once();

  Disk& disk_;
  const int host_id_;
  Clock& clock_;
  const Duration every_;
  const Duration overdue_;
  std::mutex mutex_;
  std::condition_variable_any posted_;
  std::optional<std::string> to_write_;
  bool writing_ = false;
  std::string area_;
  std::optional<Instant> last_good_;
  std::string error_ = "not read yet";
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace splitsite::reference::ha
