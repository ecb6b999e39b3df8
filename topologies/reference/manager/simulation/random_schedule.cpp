#include "topologies/reference/manager/simulation/random_schedule.hpp"

#include <array>

namespace splitsite::reference {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array kHosts = {"host-a1", "host-a2", "host-b1", "host-b2"};

// Timers as in the lab's fast profile, so that a schedule sees several failovers.
LabConfig fast_lab(std::mt19937_64& random, bool fences) {
  LabConfig lab =
      fences ? SimulatedCluster::lab_with_power_management() : SimulatedCluster::stretch_lab();
  if (fences) lab.fencing_policy.skip_if_sd_active = random() % 2 == 0;
  lab.timing.disable_fence_at_startup = seconds(30);
  lab.timing.find_fence_proxy_delay_between_retries = seconds(9);
  lab.timing.host_storage_lease_alive_checking_interval = seconds(27);
  lab.timing.server_reboot_timeout = seconds(180);
  lab.timing.server_reboot_sleep_time = seconds(9);
  lab.timing.storage_pool_non_operational_reset_timeout = seconds(54);
  lab.timing.sanlock_io_timeout = milliseconds(3000);
  lab.timing.timeout_to_reset_vds = seconds(18);
  lab.timing.delay_reset_for_spm = seconds(6);
  lab.timing.number_vds_refreshes_before_retry_to_start_unknown_vms = 20;
  lab.timing.storage_pool_refresh_time = seconds(3);
  lab.timing.ha_restart_long_interval = seconds(60);
  lab.timing.affinity_rules_enforcement_initial_delay = seconds(18);
  lab.timing.affinity_rules_enforcement_interval = seconds(18);
  lab.timing.storage_domain_failure_timeout = seconds(60);
  lab.timing.auto_recovery_interval = seconds(60);
  lab.dead_spm = random() % 2 == 0 ? DeadSpm::Moves : DeadSpm::Stuck;
  return lab;
}

}  // namespace

RandomSchedule::RandomSchedule(std::uint64_t seed, const StoryKind& kind)
    : random_(seed),
      kind_(kind),
      cluster_(fast_lab(random_, kind.fences),
               {.seed = seed, .unsafe_start_without_lease = kind.unsafe}) {
  cluster_.unreachable_after = seconds(1 + random_() % 3);
  cluster_.after_each_event = [this] { look(); };
  if (kind_.prepare) kind_.prepare(cluster_);
}

std::string RandomSchedule::run() {
  if (!cluster_.settle()) return "the cluster did not settle";
  for (int i = 0; i < 25 && violation_.empty(); ++i) {
    disturb();
    if (kind_.fences) disturb_fencing();
    ask_something();
    if (kind_.also) kind_.also(cluster_);
    cluster_.run_for(milliseconds(500 + random_() % 40000));
  }
  return violation_;
}

SimulatedHost& RandomSchedule::any_host() { return cluster_.host(kHosts[random_() % 4]); }

VmId RandomSchedule::any_vm() { return VmId("vm-" + std::to_string(1 + random_() % 6)); }

void RandomSchedule::whole_site(const std::function<void(SimulatedHost&)>& action) {
  const std::string site = random_() % 2 == 0 ? "host-a" : "host-b";
  action(cluster_.host(site + "1"));
  action(cluster_.host(site + "2"));
}

void RandomSchedule::disturb() {
  SimulatedHost& host = any_host();
  const std::vector<std::function<void()>> choices = {
      [&] { host.power_off(); },
      [&] { host.power_on(); },
      [&] { host.power_on(); },
      [&] { host.reachable = false; },
      [&] { host.reachable = true; },
      [&] { host.storage = false; },
      [&] { host.storage = true; },
      [&] { whole_site([](SimulatedHost& h) { h.power_off(); }); },
      [&] { whole_site([](SimulatedHost& h) { h.power_on(); }); },
      [&] { whole_site([](SimulatedHost& h) { h.reachable = h.storage = false; }); },
      [&] { whole_site([](SimulatedHost& h) { h.reachable = h.storage = true; }); },
      [&] { host.kill_qemu_late = !host.kill_qemu_late; },
      [&] { cluster_.lose_next_answer(host.name()); },
      [&] { host.bad_disks.insert(any_vm()); },
      [&] { host.bad_disks.clear(); },
      [&] { host.kill_vm(any_vm(), cluster_.now()); },
  };
  choices[random_() % choices.size()]();
}

void RandomSchedule::disturb_fencing() {
  SimulatedHost& host = any_host();
  const std::vector<std::function<void()>> choices = {
      [&] { host.daemon_hangs = true; },
      [&] { host.restarts_daemon = !host.restarts_daemon; },
      [&] { cluster_.lost_controllers = {SiteId(random_() % 2 == 0 ? "a" : "b")}; },
      [&] { cluster_.lost_controllers.clear(); },
      [&] { cluster_.power_sticks = !cluster_.power_sticks; },
      [&] {
        cluster_.ask(FenceHost{NodeId(host.name()), FenceType::Restart});
      },
      [&] {
        cluster_.ask(FenceHost{NodeId(host.name()), FenceType::Start});
      },
      [&] {
        cluster_.ask(FenceHost{NodeId(host.name()), FenceType::Stop});
      },
  };
  choices[random_() % choices.size()]();
}

void RandomSchedule::ask_something() {
  SimulatedHost& host = any_host();
  const NodeId name(host.name());
  const std::vector<std::function<void()>> choices = {
      [&] { cluster_.ask(StartVm{any_vm()}); },
      [&] { cluster_.ask(MigrateVm{any_vm()}); },
      [&] {
        cluster_.ask(DeactivateHost{name, ""});
      },
      [&] { cluster_.ask(ActivateHost{name}); },
      [&] { cluster_.ask(ForceSelectSpm{name}); },
      // The operator tells the truth: a host that runs is not confirmed to have been rebooted.
      [&] { host.powered() ? CommandReply{} : cluster_.ask(FenceHost{name}); },
      [&] { kind_.user_stops ? cluster_.ask(StopVm{any_vm()}) : CommandReply{}; },
      [&] { kind_.user_stops ? cluster_.ask(ShutdownVm{any_vm()}) : CommandReply{}; },
  };
  choices[random_() % choices.size()]();
}

void RandomSchedule::look() {
  if (!violation_.empty()) return;
  for (const auto& [name, vm] : cluster_.manager().vms) {
    if (cluster_.copies(name) > 1) violation_ = name.str() + " runs twice";
  }
  if (cluster_.spm_holders() > 1) violation_ = "two SPMs";
}

std::string RandomSchedule::heal_and_wait(Duration time) {
  for (const char* name : kHosts) {
    SimulatedHost& host = cluster_.host(name);
    host.power_on();
    host.reachable = host.storage = host.restarts_daemon = true;
    host.bad_disks.clear();
    host.daemon_hangs = false;
  }
  cluster_.lost_controllers.clear();
  cluster_.power_sticks = false;
  cluster_.run_for(seconds(kind_.fences ? 600 : 120));
  for (const char* name : kHosts) cluster_.ask(ActivateHost{NodeId(name)});
  cluster_.run_for(time);
  return violation_.empty() ? still_wrong() : violation_;
}

std::string RandomSchedule::still_wrong() const {
  const ClusterState& seen = cluster_.manager();
  for (const auto& [name, host] : seen.hosts) {
    if (host.status != HostStatus::Up)
      return name.str() + " is " + std::string(to_string(host.status));
  }
  if (seen.pool.status != DataCenterStatus::Up) return "the data center is not up";
  if (cluster_.spm_holders() != 1) return "nobody is the SPM";
  for (const auto& [name, vm] : seen.vms) {
    if (vm.start) return name.str() + " is still starting";
    const bool as_seen = cluster_.copies(name) == (vm.status == VmStatus::Up ? 1 : 0);
    if (!as_seen) return name.str() + " is not what the Manager thinks";
    if (kind_.user_stops || !vm.highly_available) continue;
    if (vm.status != VmStatus::Up) return name.str() + " is " + std::string(to_string(vm.status));
  }
  for (const AffinityGroup& group : seen.affinity_groups) {
    if (group.broken) return "not all VMs are back in " + group.name;
  }
  return seen.migrations.empty() ? "" : "a VM still migrates";
}

}  // namespace splitsite::reference
