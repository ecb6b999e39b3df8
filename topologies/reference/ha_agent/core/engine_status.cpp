#include "topologies/reference/ha_agent/core/engine_status.hpp"

#include <algorithm>
#include <array>

namespace splitsite::reference::ha {
namespace {

using rpc::VmPhase;

// libvirt's and QEMU's words for "another host has it" (engine_health.py
// _failed_to_acquire_lock).
constexpr std::array<std::string_view, 3> kLockTaken = {
    "Failed to acquire lock: error -243",
    "Failed to acquire lock: Lease is held by another host",
    "Is another process using the image",
};

bool lock_was_taken(const std::string& exit_message) {
  return std::any_of(kLockTaken.begin(), kLockTaken.end(), [&](std::string_view words) {
    return exit_message.find(words) != std::string::npos;
  });
}

bool is_coming(VmPhase phase) {
  return phase == VmPhase::Paused || phase == VmPhase::WaitForLaunch ||
         phase == VmPhase::PoweringUp;
}

bool is_gone(VmPhase phase) {
  return phase == VmPhase::Down || phase == VmPhase::MigrationDestination;
}

EngineStatus bad(EngineVm vm, std::string_view detail, std::string reason) {
  return {.vm = vm,
          .health = EngineHealth::Bad,
          .detail = std::string(detail),
          .reason = std::move(reason)};
}

EngineStatus judge_gone(const rpc::VmReport& vm, EngineVm before) {
  const std::string_view detail = to_string(vm.status);
  if (vm.status == VmPhase::Down && lock_was_taken(vm.exit_message))
    return bad(EngineVm::Down, detail,
               "Storage of VM is locked. Is another host already starting the VM?");
  const bool migrated = vm.exit_reason == static_cast<int>(rpc::ExitReason::MigrationSucceeded);
  if (vm.status == VmPhase::Down && migrated)
    return bad(EngineVm::Down, detail, "VM migrated away successfully");
  return bad(before == EngineVm::Down ? EngineVm::Down : EngineVm::DownUnexpected, detail,
             "bad vm status");
}

}  // namespace

std::string_view to_string(EngineVm vm) {
  switch (vm) {
    case EngineVm::Up:
      return "up";
    case EngineVm::Down:
      return "down";
    case EngineVm::DownUnexpected:
      return "down_unexpected";
    case EngineVm::DownMissing:
      return "down_missing";
    case EngineVm::Unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view to_string(EngineHealth health) {
  switch (health) {
    case EngineHealth::Good:
      return "good";
    case EngineHealth::Bad:
      return "bad";
    case EngineHealth::Unknown:
      return "unknown";
  }
  return "unknown";
}

int rank(const EngineStatus& status) {
  if (status.vm == EngineVm::Unknown) return 0;
  if (status.vm != EngineVm::Up) return 1;
  if (status.detail == to_string(VmPhase::Paused)) return 2;
  return status.health == EngineHealth::Good ? 4 : 3;
}

bool may_answer(const EngineLook& look) {
  return look.daemon_answers && look.vm && !is_gone(look.vm->status) && !is_coming(look.vm->status);
}

EngineStatus judge_engine(const EngineLook& look, EngineVm before) {
  if (!look.daemon_answers)
    return {.vm = EngineVm::Unknown,
            .health = EngineHealth::Unknown,
            .detail = "unknown",
            .reason = "failed to getVmStats"};
  if (!look.vm)
    return bad(before == EngineVm::Up ? EngineVm::DownMissing : before, "unknown",
               "vm not running on this host");
  if (is_gone(look.vm->status)) return judge_gone(*look.vm, before);
  const std::string_view detail = to_string(look.vm->status);
  if (is_coming(look.vm->status)) return bad(EngineVm::Up, detail, "bad vm status");
  if (!look.page_answers) return bad(EngineVm::Up, detail, "failed liveliness check");
  return {.vm = EngineVm::Up, .health = EngineHealth::Good, .detail = std::string(detail)};
}

}  // namespace splitsite::reference::ha
