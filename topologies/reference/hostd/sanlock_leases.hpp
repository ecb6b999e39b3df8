// The Leases port on the node's sanlock daemon, through libsanlock_client. The SPM lease is
// acquired on a registered connection of this process: sanlock releases it when the process ends,
// and ends the process (SIGTERM, then SIGKILL, then the watchdog) when the lockspace is lost.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "harness/core/handle.hpp"
#include "topologies/reference/hostd/ports.hpp"

namespace splitsite::reference::hostd {

struct SanlockOptions {
  std::string lockspace;  // the storage domain's name
  std::string device = "/dev/mapper/splitsite-lun";
  std::uint64_t lockspace_offset = 0;
  std::string spm_lease = "SDM";
  std::uint64_t spm_offset = 0;
  std::vector<LeaseConfig> vm_leases = {};
  std::chrono::seconds io_timeout{10};
};

// ErrorKind::Invalid if the lab has no SPM lease.
Result<SanlockOptions> sanlock_options(const LabConfig& lab, const HostPaths& paths = {});

class SanlockLeases final : public Leases {
 public:
  explicit SanlockLeases(SanlockOptions options);

  Result<void> begin_join(int host_id) override;
  Result<void> leave(int host_id) override;
  Result<LockspaceState> lockspace(int host_id) override;
  Result<std::int64_t> acquire_spm() override;
  Result<void> release_spm() override;
  LeaseLook look_at_spm() override;
  Result<void> create_lease(const VmId& vm) override;
  Result<void> delete_lease(const VmId& vm) override;
  Result<LeaseOnStorage> read_spm_lease() override;
  Result<OwnerHost> owner_host(std::uint64_t host_id) override;

 private:
  Result<void> register_once();  // with connection_mutex_ held
  Result<std::uint64_t> offset_of(const VmId& vm) const;

  SanlockOptions options_;
  // libsanlock wants calls on a registered connection one after the other.
  std::mutex connection_mutex_;
  UniqueFd connection_;
};

}  // namespace splitsite::reference::hostd
