#include "topologies/reference/hostd/core/vm_record.hpp"

#include <utility>

namespace splitsite::reference::hostd {

using rpc::ExitReason;
using rpc::VmPhase;

namespace {

constexpr int kNormal = 0;
constexpr int kError = 1;

void clear_pause(VmRecord& record) {
  record.pause_code = PauseCode::None;
  record.paused_at.reset();
  record.resume_refused = false;
}

void pause(VmRecord& record, PauseCode code, Instant now) {
  // QEMU reports every failed request; the first one is when the guest stopped.
  if (code != PauseCode::NoErr && !record.paused_at) record.paused_at = now;
  // "stopped by an I/O error" and its reason are two events, in either order: the precise one wins.
  const bool vague = record.pause_code == PauseCode::None ||
                     record.pause_code == PauseCode::NoErr ||
                     record.pause_code == PauseCode::Eother;
  if (vague && code != PauseCode::NoErr) record.pause_code = code;
  if (record.pause_code == PauseCode::None) record.pause_code = code;
  // A migrating VM keeps its status; it turns out paused if the migration fails.
  if (record.status == VmPhase::MigrationSource || record.status == VmPhase::MigrationDestination)
    return;
  if (record.status != VmPhase::Down) record.status = VmPhase::Paused;
}

PauseCode code_of(const std::string& libvirt_reason) {
  if (libvirt_reason == "enospc") return PauseCode::Enospc;
  if (libvirt_reason == "eio") return PauseCode::Eio;
  return PauseCode::Eother;
}

void running_again(VmRecord& record, Instant now) {
  clear_pause(record);
  if (record.status == VmPhase::Down || record.status == VmPhase::MigrationSource) return;
  if (record.status == VmPhase::WaitForLaunch) {
    start_succeeded(record, now);
    return;
  }
  // libvirt lets a new guest's CPUs run as a step of its own: the guest is still booting.
  if (record.status == VmPhase::PoweringUp || record.status == VmPhase::PoweringDown ||
      record.status == VmPhase::RebootInProgress)
    return;
  record.status = VmPhase::Up;
  if (!record.started_at) record.started_at = now;
}

// VDSM's reading of a stopped domain: the reason announced before decides, and a QEMU that went
// without one was lost (vm.py _getShutdownReason, _onQemuDeath).
void stopped(VmRecord& record) {
  if (record.status == VmPhase::Down) return;
  if (record.status == VmPhase::MigrationDestination && !record.shutdown_reason) {
    went_down(record, kError, ExitReason::MigrationFailed);
    return;
  }
  if (record.status == VmPhase::WaitForLaunch && !record.shutdown_reason) {
    went_down(record, kError, ExitReason::LibvirtStartFailed);
    return;
  }
  const ExitReason reason = record.shutdown_reason.value_or(ExitReason::LostQemuConnection);
  const bool error = reason == ExitReason::LostQemuConnection ||
                     reason == ExitReason::HostShutdown ||
                     reason == ExitReason::DestroyedOnPauseTimeout;
  went_down(record, error ? kError : kNormal, reason);
}

// A domain that starts begins a new life, whatever an earlier one left in the record.
void begin_life(VmRecord& record, VmPhase status, Instant now) {
  record.status = status;
  record.exit_code = kNormal;
  record.exit_reason = ExitReason::Success;
  record.exit_text.clear();
  record.shutdown_reason.reset();
  record.shutdown_asked_at.reset();
  record.reboot_asked_at.reset();
  record.migration_error.clear();
  record.migration_destination.clear();
  clear_pause(record);
  record.started_at = now;
}

void announce_shutdown(VmRecord& record, ExitReason reason) {
  if (!record.shutdown_reason) record.shutdown_reason = reason;
  if (record.status != VmPhase::Down) record.status = VmPhase::PoweringDown;
}

}  // namespace

void apply(VmRecord& record, const DomainEvent& event, Instant now) {
  switch (event.kind) {
    case DomainEventKind::Started:
      begin_life(record, VmPhase::PoweringUp, now);
      return;
    case DomainEventKind::StartedByMigration:
      begin_life(record, VmPhase::MigrationDestination, now);
      return;
    case DomainEventKind::Paused:
      pause(record, PauseCode::NoErr, now);
      return;
    case DomainEventKind::PausedByMigration:
      // For VDSM any suspension is one (vm.py _handle_libvirt_domain_suspended): where the
      // migration fails and libvirt cannot let the source run again, the VM is paused, not up.
      if (record.status != VmPhase::Down) pause(record, PauseCode::NoErr, now);
      return;
    case DomainEventKind::PausedByIoError:
      pause(record, PauseCode::Eother, now);
      return;
    case DomainEventKind::IoError:
      pause(record, code_of(event.reason), now);
      return;
    case DomainEventKind::Resumed:
    case DomainEventKind::ResumedByMigration:
      running_again(record, now);
      return;
    case DomainEventKind::ShutdownByGuest:
      announce_shutdown(record, ExitReason::UserShutdown);
      return;
    case DomainEventKind::ShutdownByHost:
      announce_shutdown(record, ExitReason::HostShutdown);
      return;
    case DomainEventKind::StoppedByMigration:
      migration_succeeded(record);
      return;
    case DomainEventKind::Stopped:
    case DomainEventKind::ProcessGone:
      stopped(record);
      return;
  }
}

void start_succeeded(VmRecord& record, Instant now) {
  if (record.status != VmPhase::WaitForLaunch) return;
  begin_life(record, VmPhase::PoweringUp, now);
}

void start_refused(VmRecord& record, const std::string& why) {
  if (record.status == VmPhase::Down && !record.exit_text.empty()) return;
  if (record.destroy_requested)
    went_down(record, kNormal, ExitReason::DestroyedOnStartup);
  else
    went_down(record, kError, ExitReason::LibvirtStartFailed, why);
}

void migration_began(VmRecord& record, const std::string& destination) {
  record.status = VmPhase::MigrationSource;
  record.migration_destination = destination;
  record.migration_error.clear();
}

void migration_succeeded(VmRecord& record) {
  if (record.status == VmPhase::Down) return;
  went_down(record, kNormal, ExitReason::MigrationSucceeded);
}

void migration_failed(VmRecord& record, const std::string& why) {
  record.migration_error = why;
  record.migration_destination.clear();
  if (record.status != VmPhase::MigrationSource) return;
  record.status = record.pause_code == PauseCode::None ? VmPhase::Up : VmPhase::Paused;
}

void shutdown_asked(VmRecord& record, Instant now) {
  record.shutdown_reason = ExitReason::AdminShutdown;
  record.shutdown_asked_at = now;
  record.status = VmPhase::PoweringDown;
}

void shutdown_refused(VmRecord& record) {
  if (record.status != VmPhase::PoweringDown || record.destroy_requested) return;
  record.status = VmPhase::Up;
  record.shutdown_reason.reset();
  record.shutdown_asked_at.reset();
}

void reboot_asked(VmRecord& record, Instant now) {
  record.reboot_asked_at = now;
  record.status = VmPhase::RebootInProgress;
}

void reboot_refused(VmRecord& record) {
  if (record.status == VmPhase::RebootInProgress) record.status = VmPhase::Up;
}

void resume_failed(VmRecord& record) {
  if (record.status == VmPhase::Paused && record.with_lease) record.resume_refused = true;
}

void destroy_asked(VmRecord& record, ExitReason reason) {
  record.destroy_requested = true;
  if (record.status == VmPhase::Down) return;
  record.shutdown_reason = reason;
  if (record.status != VmPhase::WaitForLaunch) record.status = VmPhase::PoweringDown;
}

void age(VmRecord& record, Instant now, Duration guest_wait, bool guest_answers) {
  if (record.status == VmPhase::PoweringUp) {
    const bool waited = record.started_at && now - *record.started_at >= guest_wait;
    if (guest_answers || waited) record.status = VmPhase::Up;
  }
  const bool rebooted = record.status == VmPhase::RebootInProgress && record.reboot_asked_at &&
                        now - *record.reboot_asked_at >= guest_wait;
  if (rebooted) record.status = VmPhase::Up;
  const bool ignored = record.status == VmPhase::PoweringDown && !record.destroy_requested &&
                       record.shutdown_asked_at &&
                       now - *record.shutdown_asked_at >= 5 * guest_wait;
  if (ignored) shutdown_refused(record);
}

void went_down(VmRecord& record, int exit_code, ExitReason reason, std::string text) {
  record.status = VmPhase::Down;
  record.exit_code = exit_code;
  record.exit_reason = reason;
  record.exit_text = std::move(text);
  clear_pause(record);
}

bool is_running(const VmRecord& record) { return record.status != VmPhase::Down; }

const char* to_string(PauseCode code) {
  switch (code) {
    case PauseCode::None:
      return "";
    case PauseCode::NoErr:
      return "NOERR";
    case PauseCode::Eio:
      return "EIO";
    case PauseCode::Enospc:
      return "ENOSPC";
    case PauseCode::Eother:
      return "EOTHER";
  }
  return "";
}

const char* exit_message(ExitReason reason) {
  switch (reason) {
    case ExitReason::Success:
      return "VM terminated successfully";
    case ExitReason::GenericError:
      return "VM terminated with error";
    case ExitReason::LostQemuConnection:
      return "Lost connection with qemu process";
    case ExitReason::LibvirtStartFailed:
      return "failed to start libvirt vm";
    case ExitReason::MigrationSucceeded:
      return "Migration succeeded";
    case ExitReason::AdminShutdown:
      return "Admin shut down from the engine";
    case ExitReason::UserShutdown:
      return "User shut down from within the guest";
    case ExitReason::MigrationFailed:
      return "VM failed to migrate";
    case ExitReason::LibvirtDomainMissing:
      return "Failed to find the libvirt domain";
    case ExitReason::DestroyedOnStartup:
      return "VM destroyed during the startup";
    case ExitReason::HostShutdown:
      return "VM has been terminated on the host";
    case ExitReason::DestroyedOnPauseTimeout:
      return "Down because paused for too long";
  }
  return "";
}

}  // namespace splitsite::reference::hostd
