// What a host's daemon reports about itself, its storage, its VMs and the SPM role.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/id.hpp"

namespace splitsite::reference::rpc {

struct StorageReport {
  bool connected = false;                  // StoragePool.connect was asked and the LUN is there
  bool lun_visible = false;                // the multipath device exists
  std::string lun_error;                   // of the last read of the domain; empty: it succeeded
  std::chrono::milliseconds last_check{};  // age of that read; it grows while a read hangs
  std::chrono::milliseconds delay{};       // what the last good read took
  bool lockspace_joined = false;           // sanlock holds the host id

  bool operator==(const StorageReport&) const = default;
};

enum class SpmRole { Free, Contend, Spm };  // "Free", "Contend", "SPM"

struct SpmStats {
  SpmRole status = SpmRole::Free;
  int lver = -1;  // generation of the SDM lease while held

  bool operator==(const SpmStats&) const = default;
};

enum class VmPhase {
  WaitForLaunch,
  PoweringUp,
  Up,
  Paused,
  MigrationSource,
  MigrationDestination,
  PoweringDown,
  RebootInProgress,
  Down,
};

// Why a VM is Down (vdsm lib/vdsm/virt/vmexitreason.py).
enum class ExitReason {
  Success = 0,
  GenericError = 1,
  LostQemuConnection = 2,
  LibvirtStartFailed = 3,
  MigrationSucceeded = 4,
  AdminShutdown = 6,    // VM.shutdown or VM.destroy
  UserShutdown = 7,     // from within the guest
  MigrationFailed = 8,  // of the incoming copy
  LibvirtDomainMissing = 9,
  DestroyedOnStartup = 10,
  HostShutdown = 11,
  DestroyedOnPauseTimeout = 14,  // HA VM with lease, paused for 8 × io_timeout (fact 2.5)
};

struct VmReport {
  VmId vm;
  VmPhase status = VmPhase::Down;
  int pid = 0;        // 0: no QEMU process
  int exit_code = 0;  // Down only: 0 normal, 1 error
  std::string exit_message;
  int exit_reason = 0;     // an ExitReason
  std::string pause_code;  // Paused only: "NOERR", "EIO", "ENOSPC", "EOTHER"

  bool operator==(const VmReport&) const = default;
};

// What the host's HA agent of a self-hosted engine says (VDSM's haStats). On a host without one
// nothing of it is set.
struct HaStats {
  bool configured = false;  // an agent belongs on this host, whether it runs or not
  bool active = false;      // it runs
  int score = 0;
  bool global_maintenance = false;
  bool local_maintenance = false;  // it is in that state, not merely told to

  bool operator==(const HaStats&) const = default;
};

struct HostStats {
  std::string hostname;
  std::string boot_id;
  std::chrono::milliseconds uptime{};  // "uptime_ms"
  StorageReport storage;               // "last_check_ms" in there
  SpmStats spm;
  std::vector<VmReport> vms;  // Down ones stay listed until VM.destroy
  std::int64_t mem_free_mib = 0;
  std::int64_t mem_total_mib = 0;
  double cpu_load = 0;  // of one minute
  HaStats ha;           // "ha_stats"

  bool operator==(const HostStats&) const = default;
};

struct SpmReport {
  SpmRole spm_status = SpmRole::Free;  // of the host asked
  // Host id of the SDM lease's owner by VDSM's inspect rules (fact 1.3); -1: free, never owned, of
  // an older generation, or sanlock sees the owner dead. Undecided counts as owned.
  int spm_id = -1;
  std::string owner_state;  // sanlock's word: "FREE", "LIVE", "FAIL", "DEAD", "UNKNOWN"

  bool operator==(const SpmReport&) const = default;
};

std::string_view to_string(SpmRole role);
std::string_view to_string(VmPhase phase);

}  // namespace splitsite::reference::rpc
