#include "topologies/reference/hostd/fakes/fake_hypervisor.hpp"

#include <utility>

namespace splitsite::reference::hostd {

void FakeHypervisor::let_start(const VmId& vm, Result<void> result) {
  const std::lock_guard lock(mutex_);
  starts_.insert_or_assign(vm, std::move(result));
  changed_.notify_all();
}

void FakeHypervisor::let_migrate(Result<void> result) {
  const std::lock_guard lock(mutex_);
  migration_.emplace(std::move(result));
  changed_.notify_all();
}

void FakeHypervisor::let_resume(Result<void> result) {
  const std::lock_guard lock(mutex_);
  resume_ = std::move(result);
}

void FakeHypervisor::let_reboot(Result<void> result) {
  const std::lock_guard lock(mutex_);
  reboot_ = std::move(result);
}

void FakeHypervisor::stall_destroy(bool on) {
  const std::lock_guard lock(mutex_);
  destroy_stalls_ = on;
  changed_.notify_all();
}

void FakeHypervisor::kill_process(const VmId& vm) {
  const std::lock_guard lock(mutex_);
  pids_.erase(vm);
}

int FakeHypervisor::resumed() const {
  const std::lock_guard lock(mutex_);
  return resumed_;
}

int FakeHypervisor::rebooted() const {
  const std::lock_guard lock(mutex_);
  return rebooted_;
}

int FakeHypervisor::relisted() const {
  const std::lock_guard lock(mutex_);
  return relisted_;
}

int FakeHypervisor::plugged() const {
  const std::lock_guard lock(mutex_);
  return plugged_;
}

bool FakeHypervisor::has(const VmId& vm) const {
  const std::lock_guard lock(mutex_);
  return pids_.count(vm) > 0;
}

Result<void> FakeHypervisor::create(const GuestSpec& spec) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return starts_.count(spec.vm) > 0; });
  const Result<void> result = starts_.at(spec.vm);
  if (!result) return result;
  pids_[spec.vm] = next_pid_++;
  lock.unlock();
  say(spec.vm, DomainEventKind::Started);
  return success();
}

Result<void> FakeHypervisor::shutdown(const VmId&) { return success(); }

Result<void> FakeHypervisor::reboot(const VmId&) {
  const std::lock_guard lock(mutex_);
  ++rebooted_;
  return reboot_;
}

Result<void> FakeHypervisor::destroy(const VmId& vm) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !destroy_stalls_; });
  const bool was_there = pids_.erase(vm) > 0;
  lock.unlock();
  if (was_there) say(vm, DomainEventKind::Stopped);
  return success();
}

Result<void> FakeHypervisor::resume(const VmId& vm) {
  {
    const std::lock_guard lock(mutex_);
    ++resumed_;
    if (!resume_) return resume_;
  }
  say(vm, DomainEventKind::Resumed);
  return success();
}

Result<void> FakeHypervisor::migrate(const VmId& vm, const NodeConfig&) {
  std::unique_lock lock(mutex_);
  migrates_ = true;
  changed_.wait(lock, [&] { return migration_.has_value(); });
  migrates_ = false;
  const Result<void> result = *migration_;
  if (!result) return result;
  pids_.erase(vm);
  lock.unlock();
  say(vm, DomainEventKind::StoppedByMigration);
  return success();
}

Result<void> FakeHypervisor::abort_migration(const VmId&) {
  const std::lock_guard lock(mutex_);
  if (!migrates_) return Error{.why = "no job is active"};
  migration_.emplace(Error{.why = "operation aborted"});
  changed_.notify_all();
  return success();
}

Result<void> FakeHypervisor::plug_lease(const GuestSpec&) {
  const std::lock_guard lock(mutex_);
  ++plugged_;
  return success();
}

Result<void> FakeHypervisor::unplug_lease(const GuestSpec&) {
  const std::lock_guard lock(mutex_);
  --plugged_;
  return success();
}

void FakeHypervisor::relist() {
  const std::lock_guard lock(mutex_);
  ++relisted_;
}

std::optional<int> FakeHypervisor::qemu_pid(const VmId& vm) {
  const std::lock_guard lock(mutex_);
  const auto found = pids_.find(vm);
  if (found == pids_.end()) return std::nullopt;
  return found->second;
}

}  // namespace splitsite::reference::hostd
