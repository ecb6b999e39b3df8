// The property everything else serves: whatever happens to hosts, links and storage, in whatever
// order, no VM ever runs twice and the SPM lease has one holder. Random schedules of disturbances
// against the real core; a broken core must be caught by the same schedules.
#include <fmt/format.h>

#include <random>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kSchedules = 2000;

// Timers as in the lab's fast profile, so that a schedule sees several failovers.
LabConfig fast_lab(std::mt19937_64& random) {
  LabConfig lab = SimulatedCluster::stretch_lab();
  lab.timing.sanlock_io_timeout = milliseconds(3000);
  lab.timing.timeout_to_reset_vds = seconds(18);
  lab.timing.delay_reset_for_spm = seconds(6);
  lab.timing.number_vds_refreshes_before_retry_to_start_unknown_vms = 20;
  lab.timing.storage_pool_refresh_time = seconds(3);
  lab.timing.affinity_rules_enforcement_initial_delay = seconds(18);
  lab.timing.affinity_rules_enforcement_interval = seconds(18);
  lab.timing.storage_domain_failure_timeout = seconds(60);
  lab.timing.auto_recovery_interval = seconds(60);
  lab.dead_spm = random() % 2 == 0 ? DeadSpm::Moves : DeadSpm::Stuck;
  return lab;
}

class Schedule {
 public:
  Schedule(std::uint64_t seed, bool unsafe)
      : random_(seed),
        lab_(fast_lab(random_), {.seed = seed, .unsafe_start_without_lease = unsafe}) {
    lab_.unreachable_after = seconds(1 + random_() % 3);
    lab_.after_each_event = [this] { look(); };
  }

  // What was violated, or nothing.
  std::string run() {
    if (!lab_.settle()) return "the cluster did not settle";
    for (int i = 0; i < 25 && violation_.empty(); ++i) {
      disturb();
      lab_.run_for(milliseconds(500 + random_() % 40000));
    }
    return violation_;
  }

 private:
  SimulatedHost& any_host() {
    static const char* const kNames[] = {"host-a1", "host-a2", "host-b1", "host-b2"};
    return lab_.host(kNames[random_() % 4]);
  }
  VmId any_vm() { return VmId("vm-" + std::to_string(1 + random_() % 6)); }

  void whole_site(const std::function<void(SimulatedHost&)>& action) {
    const std::string site = random_() % 2 == 0 ? "host-a" : "host-b";
    action(lab_.host(site + "1"));
    action(lab_.host(site + "2"));
  }

  void ask_something(SimulatedHost& host) {
    const NodeId name(host.name());
    switch (random_() % 8) {
      case 0:
        lab_.ask(StartVm{any_vm()});
        break;
      case 1:
        lab_.ask(StopVm{any_vm()});
        break;
      case 2:
        lab_.ask(ShutdownVm{any_vm()});
        break;
      case 3:
        lab_.ask(MigrateVm{any_vm()});
        break;
      case 4:
        lab_.ask(DeactivateHost{name, ""});
        break;
      case 5:
        lab_.ask(ActivateHost{name});
        break;
      case 6:
        lab_.ask(ForceSelectSpm{name});
        break;
      // The operator tells the truth: a host that runs is not confirmed to have been rebooted.
      case 7:
        if (!host.powered()) lab_.ask(ConfirmHostRebooted{name});
        break;
    }
  }

  void disturb() {
    SimulatedHost& host = any_host();
    switch (random_() % 14) {
      case 0:
        host.power_off();
        break;
      case 1:
      case 2:
        host.power_on();
        break;
      case 3:
        host.reachable = false;
        break;
      case 4:
        host.reachable = true;
        break;
      case 5:
        host.storage = false;
        break;
      case 6:
        host.storage = true;
        break;
      case 7:
        whole_site([](SimulatedHost& h) { h.power_off(); });
        break;
      case 8:
        whole_site([](SimulatedHost& h) { h.power_on(); });
        break;
      case 9:
        whole_site([](SimulatedHost& h) { h.reachable = h.storage = false; });
        break;
      case 10:
        whole_site([](SimulatedHost& h) { h.reachable = h.storage = true; });
        break;
      case 11:
        host.kill_qemu_late = !host.kill_qemu_late;
        break;
      case 12:
        lab_.lose_next_answer(host.name());
        break;
      case 13:
        host.kill_vm(any_vm(), lab_.now());
        break;
    }
    ask_something(any_host());
  }

  void look() {
    if (!violation_.empty()) return;
    for (const auto& [name, vm] : lab_.manager().vms) {
      if (lab_.copies(name) > 1) violation_ = name.str() + " runs twice";
    }
    if (lab_.spm_holders() > 1) violation_ = "two SPMs";
  }

  std::mt19937_64 random_;
  SimulatedCluster lab_;
  std::string violation_;
};

TEST_CASE("No VM runs twice in any of two thousand random schedules") {
  for (std::uint64_t seed = 1; seed <= kSchedules; ++seed) {
    INFO("seed " << seed);
    REQUIRE(Schedule(seed, /*unsafe=*/false).run() == "");
  }
}

TEST_CASE("A Manager that restarts VMs without their lease is caught by the same schedules") {
  std::uint64_t seed = 1;
  std::string violation;
  while (violation.empty() && seed <= 50) violation = Schedule(seed++, /*unsafe=*/true).run();
  CHECK(violation.find("runs twice") != std::string::npos);
}

}  // namespace
}  // namespace splitsite::reference
