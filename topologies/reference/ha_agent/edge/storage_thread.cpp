#include "topologies/reference/ha_agent/edge/storage_thread.hpp"

#include <fmt/format.h>

#include <utility>

namespace splitsite::reference::ha {

StorageThread::StorageThread(Disk& disk, int host_id, Clock& clock, Duration every,
                             Duration overdue)
    : disk_(disk),
      host_id_(host_id),
      clock_(clock),
      every_(every),
      overdue_(overdue),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

void StorageThread::post(std::string block) {
  {
    const std::lock_guard lock(mutex_);
    to_write_ = std::move(block);
  }
  posted_.notify_all();
}

StorageView StorageThread::latest() {
  const std::lock_guard lock(mutex_);
  if (!error_.empty()) return {.error = error_};
  const Duration age = clock_.now() - *last_good_;
  if (age <= overdue_) return {.area = area_};
  return {.error = fmt::format("storage has not answered for {}", format_duration(age))};
}

bool StorageThread::all_written() {
  const std::lock_guard lock(mutex_);
  return !to_write_ && !writing_;
}

void StorageThread::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    once();
    std::unique_lock lock(mutex_);
    posted_.wait_for(lock, stop, every_, [this] { return to_write_.has_value(); });
  }
}

void StorageThread::once() {
  std::optional<std::string> block;
  {
    const std::lock_guard lock(mutex_);
    block = std::exchange(to_write_, std::nullopt);
    writing_ = block.has_value();
  }
  Result<void> written = success();
  if (block) written = disk_.write(host_id_, *block);
  auto read = disk_.read();
  const std::lock_guard lock(mutex_);
  writing_ = false;
  error_.clear();
  if (!written) error_ = written.error().message();
  if (!read) error_ = read.error().message();
  if (!error_.empty()) return;
  area_ = std::move(read.value());
  last_good_ = clock_.now();
}

}  // namespace splitsite::reference::ha
