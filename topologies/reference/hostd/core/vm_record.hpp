// One VM as this host sees it: VDSM's view, with VDSM's statuses, exit codes and exit reasons, as a
// state machine over libvirt's domain events and the results of our own calls. Pure: no clock of
// its own, no I/O. A VM that went Down stays recorded until it is destroyed, as in VDSM, because
// that is how the Manager learns why.
#pragma once

#include <optional>
#include <string>

#include "harness/core/id.hpp"
#include "harness/lab/description/vm_config.hpp"
#include "harness/time/clock.hpp"
#include "topologies/reference/rpc/host_stats.hpp"

namespace splitsite::reference::hostd {

const char* exit_message(rpc::ExitReason reason);  // VDSM's text

// VDSM's pause codes. QEMU tells "no space" from "anything else" only, and VDSM calls that EOTHER.
enum class PauseCode { None, NoErr, Eio, Enospc, Eother };
const char* to_string(PauseCode code);  // "" for None

enum class DomainEventKind {
  Started,
  StartedByMigration,
  Paused,
  PausedByMigration,
  PausedByIoError,
  IoError,  // `reason` is libvirt's: "enospc", or empty for any other error
  Resumed,
  ResumedByMigration,
  ShutdownByGuest,
  ShutdownByHost,  // QEMU got a signal: sanlock, or the node going down
  Stopped,
  StoppedByMigration,
  ProcessGone,  // seen by us: QEMU is no more, and libvirt has not said so
};

struct DomainEvent {
  VmId vm;
  DomainEventKind kind = DomainEventKind::Started;
  std::string reason;
};

struct VmRecord {
  VmId vm;
  rpc::VmPhase status = rpc::VmPhase::WaitForLaunch;
  bool with_lease = false;
  ResumeBehaviour resume_behaviour = ResumeBehaviour::AutoResume;  // fact 2.5
  int exit_code = 0;                                               // 0 normal, 1 error
  rpc::ExitReason exit_reason = rpc::ExitReason::Success;
  std::string exit_text;  // what failed, in libvirt's words; empty: exit_message(exit_reason)
  PauseCode pause_code = PauseCode::None;
  std::optional<Instant> paused_at;  // of a pause by an error
  // The lease, given up with the pause, could not be taken again: somebody else may have it, and
  // run the VM. Nobody resumes this copy.
  bool resume_refused = false;
  std::optional<Instant> started_at;
  std::optional<rpc::ExitReason> shutdown_reason;  // why QEMU will be gone, known before it is
  std::optional<Instant> shutdown_asked_at;
  std::optional<Instant> reboot_asked_at;
  bool destroy_requested = false;
  std::string migration_destination;
  std::string migration_error;  // of the last migration that failed
};

void apply(VmRecord& record, const DomainEvent& event, Instant now);

// Results of our own calls; a domain event may have said the same before, or contradict later.
void start_succeeded(VmRecord& record, Instant now);
void start_refused(VmRecord& record, const std::string& why);
void migration_began(VmRecord& record, const std::string& destination);
void migration_succeeded(VmRecord& record);
void migration_failed(VmRecord& record, const std::string& why);
void shutdown_asked(VmRecord& record, Instant now);
void shutdown_refused(VmRecord& record);
void reboot_asked(VmRecord& record, Instant now);
void reboot_refused(VmRecord& record);
void resume_failed(VmRecord& record);
void destroy_asked(VmRecord& record, rpc::ExitReason reason);
void went_down(VmRecord& record, int exit_code, rpc::ExitReason reason, std::string text = {});

// Time passes: PoweringUp becomes Up when the guest shows a sign of life or after `guest_wait`,
// RebootInProgress after that time, as of every guest without an agent; a guest that ignores a
// shutdown for five times as long counts as Up again (vm.py _getVmStatus).
void age(VmRecord& record, Instant now, Duration guest_wait, bool guest_answers);

bool is_running(const VmRecord& record);  // a QEMU process with this VM is, or may be, on this host

}  // namespace splitsite::reference::hostd
