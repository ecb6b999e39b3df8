#include "topologies/reference/hostd/storage_monitor.hpp"

#include <utility>

#include "topologies/reference/hostd/log.hpp"

namespace splitsite::reference::hostd {

StorageMonitor::StorageMonitor(const Timers& timers, Lun& lun, Clock& clock,
                               std::function<void(Instant)> on_valid)
    : lun_(lun), clock_(clock), on_valid_(std::move(on_valid)), health_(timers.storage_timeout) {}

void StorageMonitor::check() {
  {
    const std::lock_guard lock(mutex_);
    health_.read_began(clock_.now());
  }
  const auto read = lun_.read();
  std::optional<Instant> valid_since;
  {
    const std::lock_guard lock(mutex_);
    const Instant now = clock_.now();
    if (read)
      health_.read_succeeded(now);
    else
      health_.read_failed(read.error(), now);
    valid_since = health_.valid_since(now);
    const std::string error = health_.view(now).lun_error;
    if (error != last_error_) log_warning(error.empty() ? "storage is valid again" : error);
    last_error_ = error;
  }
  if (valid_since) on_valid_(*valid_since);
}

StorageView StorageMonitor::view() {
  const std::lock_guard lock(mutex_);
  return health_.view(clock_.now());
}

}  // namespace splitsite::reference::hostd
