// Watches the replicated LUN: reads the lockspace's first block again and again in a thread of its
// own, which may hang for as long as the storage does.
#pragma once

#include <functional>
#include <mutex>

#include "topologies/reference/hostd/core/storage_health.hpp"
#include "topologies/reference/hostd/core/timers.hpp"
#include "topologies/reference/hostd/ports.hpp"

namespace splitsite::reference::hostd {

class StorageMonitor {
 public:
  // `on_valid` is called after each good read, with the moment that read began.
  StorageMonitor(const Timers& timers, Lun& lun, Clock& clock,
                 std::function<void(Instant)> on_valid);

  // To be called every Timers::storage_check; may block.
  void check();
  StorageView view();

 private:
  Lun& lun_;
  Clock& clock_;
  std::function<void(Instant)> on_valid_;
  std::mutex mutex_;
  StorageHealth health_;
  std::string last_error_;
};

}  // namespace splitsite::reference::hostd
