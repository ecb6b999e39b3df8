#include "harness/agent/host/host_truth.hpp"

namespace splitsite::agent {

void HostTruth::process_up(const std::string& vm, pid_t pid) {
  Vm& known = vms_[vm];
  if (known.pid == pid) return;
  if (known.pid != 0) process_gone(vm, known.pid);
  known.pid = pid;
  events_.emit("vm.process", {{"vm", vm}, {"pid", pid}, {"up", true}});
}

void HostTruth::process_gone(const std::string& vm, pid_t pid) {
  const auto known = vms_.find(vm);
  if (known == vms_.end() || known->second.pid != pid) return;
  running(vm, false, "process gone");
  known->second.pid = 0;
  events_.emit("vm.process", {{"vm", vm}, {"pid", pid}, {"up", false}});
}

void HostTruth::running(const std::string& vm, bool running, const std::string& reason,
                        std::optional<NodeTime> since) {
  Vm& known = vms_[vm];
  if (known.running == running) return;
  known.running = running;
  known.reason = reason;
  events_.emit("vm.running", {{"vm", vm}, {"running", running}, {"reason", reason}}, since);
}

void HostTruth::all_running(const std::set<std::string>& vms, std::optional<NodeTime> since) {
  for (const std::string& vm : vms) running(vm, true, "found running", since);
  for (const auto& [vm, known] : vms_) {
    if (!vms.contains(vm)) running(vm, false, "found not running", since);
  }
}

void HostTruth::sanlock(const SanlockStatus& status, std::optional<NodeTime> since) {
  if (status.daemon != daemon_) {
    daemon_ = status.daemon;
    events_.emit("sanlock.daemon", {{"up", daemon_}, {"trouble", status.trouble}}, since);
  }
  if (!status.daemon) return;
  if (status.joined) generation_ = status.generation;
  if (status.joined != joined_) {
    joined_ = status.joined;
    events_.emit("lockspace", {{"joined", joined_}, {"generation", generation_}}, since);
  }
  leases(status, since);
}

void HostTruth::tell(const HeldLeases::value_type& lease, bool held,
                     std::optional<NodeTime> since) {
  const auto& [who, state] = lease;
  events_.emit(
      "lease.held",
      {{"lease", who.first}, {"pid", who.second}, {"version", state.version}, {"held", held}},
      since);
}

void HostTruth::leases(const SanlockStatus& status, std::optional<NodeTime> since) {
  HeldLeases now;
  for (const HeldLease& held : status.leases) now[{held.lease, held.pid}] = {held.version, {}, {}};
  // Without a host id there is no lease, whatever sanlock still wants to write about it.
  for (const auto& [who, before] : leases_) {
    if (!status.joined || !status.undecided.contains(who.first)) continue;
    now.insert({who, {before.version, true, before.undecided ? before.free_since : since}});
  }
  // Releases first, so that a lease that changed hands inside the host never seems held twice.
  for (const auto& lease : leases_) {
    const Held& before = lease.second;
    if (!now.contains(lease.first))
      tell(lease, false, before.undecided ? before.free_since : since);
  }
  for (const auto& lease : now) {
    if (!leases_.contains(lease.first)) tell(lease, true, since);
  }
  leases_ = std::move(now);
}

Json HostTruth::truth() const {
  Json vms = Json::array();
  for (const auto& [vm, known] : vms_) {
    if (known.pid == 0 && !known.running) continue;
    vms.push_back({{"name", vm},
                   {"pid", known.pid},
                   {"state", known.running ? "running" : "not running"},
                   {"reason", known.reason},
                   {"running", known.running}});
  }
  Json leases = Json::array();
  for (const auto& [who, held] : leases_) {
    leases.push_back({{"name", who.first},
                      {"pid", who.second},
                      {"version", held.version},
                      {"owner_generation", generation_}});
  }
  return Json{{"vms", vms},
              {"leases", leases},
              {"lockspace", {{"joined", joined_}, {"generation", generation_}}},
              {"sanlock", {{"daemon", daemon_}}}};
}

}  // namespace splitsite::agent
