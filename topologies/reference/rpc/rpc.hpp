// What the Manager and a host's daemon say to each other: HTTP/1.1 POST /rpc on host_daemon_port,
// {"method":"VM.create","params":{…}} answered by {"result":{…}} or {"error":{"code":1,
// "message":"…"}}. Verbs and numbers are VDSM's. Decoding is strict: unknown or missing keys and
// unknown words are errors, so both ends agree or find out at once.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "harness/core/result.hpp"
#include "harness/lab/description/vm_config.hpp"
#include "topologies/reference/rpc/host_stats.hpp"

namespace splitsite::reference::rpc {

inline constexpr const char* kPath = "/rpc";

// Errors as VDSM numbers them (vdsm lib/vdsm/common/exception.py, lib/vdsm/storage/exception.py).
enum class Code {
  NoSuchVm = 1,
  VmExists = 4,  // VM.create of a listed VM, Down ones included: destroy it first
  VmIsDown = 6,
  CannotCreateVm = 9,
  NoConnectionToPeer = 10,  // VM.migrate: the destination does not answer
  MissingParameter = 11,
  MigrationError = 12,
  OutOfMemory = 14,
  Unexpected = 16,
  ResourceUnavailable = 40,
  VmDestroyFailed = 42,
  FenceAgent = 43,  // no such fence agent on this host
  MigrationCancelFailed = 47,
  NotImplemented = 44,  // unknown method
  MigrationInProgress = 51,
  HaPolicy = 61,           // the HA agent could not be told
  Recovering = 99,         // the daemon has just started and does not know its VMs yet
  PoolNotConnected = 309,  // StoragePool.connect was not asked since the daemon started
  DomainDoesNotExist = 358,
  DomainAccess = 379,  // the LUN cannot be read or written
  AcquireLock = 651,   // the SDM lease could not be acquired
  ReleaseLock = 652,
  SpmStatusError = 654,  // asked of a host that is not the SPM
  AcquireHostId = 661,
};

struct Error {
  int code = 0;  // a Code, or a number this side does not know
  std::string message;

  bool operator==(const Error&) const = default;
};

struct GetStats {};  // Host.getStats -> HostStats; answers within a second, whatever storage does

// StoragePool.connect: starts joining the lockspace with this sanlock host id, in the background;
// asked again, it changes nothing. StoragePool.disconnect: leaves it (maintenance).
struct ConnectPool {
  int host_id = 0;
};
struct DisconnectPool {};

struct GetSpmStatus {};  // StoragePool.getSpmStatus -> SpmReport
// StoragePool.spmStart: returns at once, status Contend; then SPM when the lease is acquired, or
// Free when it was not. Asked again while Contend or SPM, it changes nothing.
struct StartSpm {
  int prev_id = -1;  // the former owner's host id, for the log
};
struct StopSpm {};  // StoragePool.spmStop: returns when the lease is released; Free already is ok

// VM.create: returns at once; the VM is listed as WaitForLaunch before the answer is sent. libvirt
// waits for the lease inside that status (fact 2.6). A failed start shows as Down with exit_code 1,
// exit_reason 3 and libvirt's text.
struct CreateVm {
  VmId vm;
  bool with_lease = true;
  ResumeBehaviour resume_behaviour = ResumeBehaviour::AutoResume;  // after an I/O error (fact 2.5)
};
struct ShutdownVm {  // VM.shutdown: asks the guest; PoweringDown until it obeys
  VmId vm;
};
struct RebootVm {  // VM.reboot: the same QEMU on the same host; RebootInProgress for a while
  VmId vm;
};
struct DestroyVm {  // VM.destroy: ends the VM if it runs, then forgets it; NoSuchVm if not listed
  VmId vm;
};
struct ContinueVm {  // VM.cont: resumes a Paused VM
  VmId vm;
};
// VM.migrate, asked of the source: live and peer to peer, returns at once. The VM is listed as
// MigrationSource before the answer is sent, and stays so until it is Down with exit_reason 4 or,
// when the migration failed, Up again. The destination lists it as MigrationDestination, then Up.
struct MigrateVm {
  VmId vm;
  std::string destination;  // node name
};

// VM.migrateCancel, asked of the source: Done when the migration was told to end, as failed; the VM
// runs on here. MigrationCancelFailed when there is none, or when it can no longer be ended.
struct CancelMigration {
  VmId vm;
};

// Lease.create and Lease.delete, asked of the SPM, which alone changes the domain's leases (fact
// 2.4): Done when the lease is on storage, or is not there any more. Creating one that exists
// changes nothing. SpmStatusError when the host asked is not SPM.
struct CreateLease {
  VmId vm;
};
struct DeleteLease {
  VmId vm;
};
// VM.hotplugLease and VM.hotunplugLease: a running VM takes its lease, or gives it up.
struct PlugLease {
  VmId vm;
};
struct UnplugLease {
  VmId vm;
};

// Host.fenceNode, asked of a proxy -> FenceReport (vdsm lib/vdsm/API.py fenceNode): runs the fence
// agent against another host's power controller. A refusal of the agent is an Error with the
// agent's words.
struct FenceNode {
  std::string address;  // of the power controller
  std::string port;     // the plug on it: the host's name
  std::string agent;    // "splitsite" runs fence_splitsite
  std::string username;
  std::string password;
  std::string action;   // "status", "on", "off", "reboot"
  std::string options;  // more lines for the agent: "ipport=7300"
  // Fencing policy skip_if_sd_active: storage domain -> host id of the fenced host. If the proxy
  // sees one of these host ids alive on storage, nothing is done. Empty: no such policy.
  std::map<std::string, int> lease_ids;
};
// Service.restartHostDaemon: soft fencing, in the place of oVirt's SSH command. Answered by the
// restart service of a host, never by the daemon itself.
struct RestartDaemon {};

// Host.setHaMaintenanceMode, mode "local": the host's HA agent does not run the engine, or does
// again; it obeys with its next loop. Unavailable on a host without an agent.
struct SetHaMaintenance {
  bool enabled = false;
};

using Request = std::variant<GetStats, ConnectPool, DisconnectPool, GetSpmStatus, StartSpm, StopSpm,
                             CreateVm, ShutdownVm, DestroyVm, ContinueVm, MigrateVm, CreateLease,
                             DeleteLease, PlugLease, UnplugLease, FenceNode, RestartDaemon,
                             SetHaMaintenance, RebootVm, CancelMigration>;

struct Done {  // result {}
  bool operator==(const Done&) const = default;
};
struct FenceReport {
  std::string power = "unknown";  // "on", "off", "unknown"; a change does not tell
  std::string operation;          // "initiated", "skipped" by policy; empty for a status

  bool operator==(const FenceReport&) const = default;
};
using Reply = std::variant<Done, HostStats, SpmReport, FenceReport, Error>;

// "Host.getStats", "StoragePool.spmStart", "VM.create" …
std::string_view method_of(const Request& request);

std::string encode(const Request& request);
std::string encode(const Reply& reply);
// ErrorKind::Invalid. The server answers an unknown method with Code::NotImplemented, anything else
// it cannot read with Code::MissingParameter: `is_unknown_method` tells the two apart.
Result<Request> decode_request(const std::string& text);
bool is_unknown_method(const std::string& text);
// The reply to `request`: which result is expected depends on what was asked.
Result<Reply> decode_reply(const Request& request, const std::string& text);

}  // namespace splitsite::reference::rpc
