// The property everything else serves: whatever happens to hosts, links and storage, in whatever
// order, no VM ever runs twice and the SPM lease has one holder. Random schedules of disturbances
// against the real core; a broken core must be caught by the same schedules.
#include <cstdlib>
#include <random>
#include <string>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Enough for every run of the tests; SPLITSITE_SCHEDULES=20000 searches longer.
std::uint64_t schedules() {
  const char* asked = std::getenv("SPLITSITE_SCHEDULES");
  return asked != nullptr ? std::stoull(asked) : 400;
}

// What the schedules went through, so that an uneventful search does not pass for a proof.
struct Seen {
  int restarts_by_system = 0;
  int refused_starts = 0;
  int migrations = 0;
  int spm_moves = 0;
  int unknown_vms = 0;

  void add(const SimulatedCluster& lab) {
    restarts_by_system += lab.count_events(67);
    refused_starts += lab.count_events(119);
    migrations += lab.count_events(63);
    spm_moves += lab.count_events(204) - 1;
    unknown_vms += lab.count_events(142);
  }
};

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

class RandomSchedule {
 public:
  RandomSchedule(std::uint64_t seed, bool unsafe)
      : random_(seed),
        lab_(fast_lab(random_), {.seed = seed, .unsafe_start_without_lease = unsafe}) {
    lab_.unreachable_after = seconds(1 + random_() % 3);
    lab_.after_each_event = [this] { look(); };
  }

  const SimulatedCluster& lab() const { return lab_; }

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

TEST_CASE("No VM runs twice, and no two hosts are SPM, in any random schedule") {
  Seen seen;
  const std::uint64_t count = schedules();
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    INFO("seed " << seed);
    RandomSchedule schedule(seed, /*unsafe=*/false);
    REQUIRE(schedule.run() == "");
    seen.add(schedule.lab());
  }
  const int least = static_cast<int>(count);  // on average one of each in every schedule
  CHECK(seen.restarts_by_system >= least);
  CHECK(seen.refused_starts >= least);
  CHECK(seen.migrations >= least);
  CHECK(seen.spm_moves >= least);
  CHECK(seen.unknown_vms >= least);
}

TEST_CASE("A Manager that restarts VMs without their lease is caught by the same schedules") {
  std::uint64_t seed = 1;
  std::string violation;
  while (violation.empty() && seed <= 50) violation = RandomSchedule(seed++, /*unsafe=*/true).run();
  CHECK(violation.find("runs twice") != std::string::npos);
}

}  // namespace
}  // namespace splitsite::reference
