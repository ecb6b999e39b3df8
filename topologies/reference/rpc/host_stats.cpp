#include "topologies/reference/rpc/host_stats.hpp"

#include "topologies/reference/rpc/strict_json.hpp"

namespace splitsite::reference::rpc {
namespace {

using nlohmann::json;

json to_json(const VmReport& vm) {
  return {{"vm", vm.vm.str()},
          {"status", to_string(vm.status)},
          {"pid", vm.pid},
          {"exit_code", vm.exit_code},
          {"exit_message", vm.exit_message},
          {"exit_reason", vm.exit_reason},
          {"pause_code", vm.pause_code}};
}

void read(StrictObject& in, VmReport& vm) {
  in.take("vm", vm.vm);
  in.take_word("status", vm.status, VmPhase::WaitForLaunch, VmPhase::Down);
  in.take("pid", vm.pid);
  in.take("exit_code", vm.exit_code);
  in.take("exit_message", vm.exit_message);
  in.take("exit_reason", vm.exit_reason);
  in.take("pause_code", vm.pause_code);
}

void read(StrictObject& in, StorageReport& storage) {
  in.take("connected", storage.connected);
  in.take("lun_visible", storage.lun_visible);
  in.take("lun_error", storage.lun_error);
  in.take("last_check_ms", storage.last_check);
  in.take("delay_ms", storage.delay);
  in.take("lockspace_joined", storage.lockspace_joined);
}

void read(StrictObject& in, SpmStats& spm) {
  in.take_word("status", spm.status, SpmRole::Free, SpmRole::Spm);
  in.take("lver", spm.lver);
}

void read(StrictObject& in, HaStats& ha) {
  in.take("configured", ha.configured);
  in.take("active", ha.active);
  in.take("score", ha.score);
  in.take("global_maintenance", ha.global_maintenance);
  in.take("local_maintenance", ha.local_maintenance);
}

// Reads the object under `key`; what is wrong inside is complained about outside.
template <class T>
void take_nested(StrictObject& in, const char* key, T& into) {
  json object;
  in.take_object(key, object);
  StrictObject inner(object);
  read(inner, into);
  if (const std::string why = inner.complaint(); !why.empty()) {
    in.complain(std::string(key) + ": " + why);
  }
}

void take_vms(StrictObject& in, std::vector<VmReport>& into) {
  json list;
  in.take_object("vms", list);
  if (!list.is_array()) return in.complain("wrong type: vms");
  for (const json& entry : list) {
    StrictObject inner(entry);
    read(inner, into.emplace_back());
    if (const std::string why = inner.complaint(); !why.empty()) in.complain("vms: " + why);
  }
}

}  // namespace

std::string_view to_string(SpmRole role) {
  switch (role) {
    case SpmRole::Free:
      return "Free";
    case SpmRole::Contend:
      return "Contend";
    case SpmRole::Spm:
      return "SPM";
  }
  return "Free";
}

std::string_view to_string(VmPhase phase) {
  switch (phase) {
    case VmPhase::WaitForLaunch:
      return "WaitForLaunch";
    case VmPhase::PoweringUp:
      return "PoweringUp";
    case VmPhase::Up:
      return "Up";
    case VmPhase::Paused:
      return "Paused";
    case VmPhase::MigrationSource:
      return "MigrationSource";
    case VmPhase::MigrationDestination:
      return "MigrationDestination";
    case VmPhase::RebootInProgress:
      return "RebootInProgress";
    case VmPhase::PoweringDown:
      return "PoweringDown";
    case VmPhase::Down:
      return "Down";
  }
  return "Down";
}

json to_json(const HostStats& stats) {
  json vms = json::array();
  for (const VmReport& vm : stats.vms) vms.push_back(to_json(vm));
  return {{"hostname", stats.hostname},
          {"boot_id", stats.boot_id},
          {"uptime_ms", stats.uptime.count()},
          {"storage",
           {{"connected", stats.storage.connected},
            {"lun_visible", stats.storage.lun_visible},
            {"lun_error", stats.storage.lun_error},
            {"last_check_ms", stats.storage.last_check.count()},
            {"delay_ms", stats.storage.delay.count()},
            {"lockspace_joined", stats.storage.lockspace_joined}}},
          {"spm", {{"status", to_string(stats.spm.status)}, {"lver", stats.spm.lver}}},
          {"vms", vms},
          {"mem_free_mib", stats.mem_free_mib},
          {"mem_total_mib", stats.mem_total_mib},
          {"cpu_load", stats.cpu_load},
          {"ha_stats",
           {{"configured", stats.ha.configured},
            {"active", stats.ha.active},
            {"score", stats.ha.score},
            {"global_maintenance", stats.ha.global_maintenance},
            {"local_maintenance", stats.ha.local_maintenance}}}};
}

json to_json(const SpmReport& report) {
  return {{"spm_status", to_string(report.spm_status)},
          {"spm_id", report.spm_id},
          {"owner_state", report.owner_state}};
}

void read(StrictObject& in, HostStats& stats) {
  in.take("hostname", stats.hostname);
  in.take("boot_id", stats.boot_id);
  in.take("uptime_ms", stats.uptime);
  take_nested(in, "storage", stats.storage);
  take_nested(in, "spm", stats.spm);
  take_vms(in, stats.vms);
  in.take("mem_free_mib", stats.mem_free_mib);
  in.take("mem_total_mib", stats.mem_total_mib);
  in.take("cpu_load", stats.cpu_load);
  take_nested(in, "ha_stats", stats.ha);
}

void read(StrictObject& in, SpmReport& report) {
  in.take_word("spm_status", report.spm_status, SpmRole::Free, SpmRole::Spm);
  in.take("spm_id", report.spm_id);
  in.take("owner_state", report.owner_state);
}

}  // namespace splitsite::reference::rpc
