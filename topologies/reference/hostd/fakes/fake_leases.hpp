// sanlock, the LUN and the machine in memory, for tests. A storage that hangs makes every call that
// would go to the disk wait, until it is let go.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "topologies/reference/hostd/ports.hpp"

namespace splitsite::reference::hostd {

class FakeStorage final : public Leases, public Lun, public Machine {
 public:
  LeaseOnStorage lease;                  // of SPM
  OwnerHost owner = HostUndecided{};     // what is known of its owner
  Result<std::int64_t> spm_version = 1;  // what acquiring it gives
  Result<void> release_result = success();
  LeaseLook look = LeaseLook::Held;

  void hang(bool on) {
    const std::lock_guard lock(mutex_);
    hangs_ = on;
    changed_.notify_all();
  }
  void set_lockspace(LockspaceState state) {
    const std::lock_guard lock(mutex_);
    lockspace_ = state;
  }
  void set_look(LeaseLook value) {
    const std::lock_guard lock(mutex_);
    look = value;
  }
  int joins() {
    const std::lock_guard lock(mutex_);
    return joins_;
  }

  Result<void> begin_join(int) override {
    const std::lock_guard lock(mutex_);
    ++joins_;
    return success();
  }
  Result<void> leave(int) override {
    set_lockspace(LockspaceState::Absent);
    return success();
  }
  Result<LockspaceState> lockspace(int) override {
    const std::lock_guard lock(mutex_);
    return lockspace_;
  }
  Result<std::int64_t> acquire_spm() override {
    reach_disk();
    return spm_version;
  }
  Result<void> release_spm() override {
    reach_disk();
    return release_result;
  }
  LeaseLook look_at_spm() override {
    const std::lock_guard lock(mutex_);
    return look;
  }
  Result<void> create_lease(const VmId& vm) override {
    reach_disk();
    const std::lock_guard lock(mutex_);
    created_.insert(vm);
    return success();
  }
  Result<void> delete_lease(const VmId& vm) override {
    reach_disk();
    const std::lock_guard lock(mutex_);
    created_.erase(vm);
    return success();
  }
  bool has_lease(const VmId& vm) {
    const std::lock_guard lock(mutex_);
    return created_.count(vm) > 0;
  }
  Result<LeaseOnStorage> read_spm_lease() override {
    reach_disk();
    return lease;
  }
  Result<OwnerHost> owner_host(std::uint64_t) override { return owner; }
  Result<void> read() override {
    reach_disk();
    return success();
  }
  MachineFacts facts() override { return {.boot_id = "b0", .memory_total_mib = 1024}; }

 private:
  void reach_disk() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !hangs_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  LockspaceState lockspace_ = LockspaceState::Absent;
  bool hangs_ = false;
  int joins_ = 0;
  std::set<VmId> created_;
};

}  // namespace splitsite::reference::hostd
