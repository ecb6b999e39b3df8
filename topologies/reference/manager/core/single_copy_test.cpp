// The property everything else serves: whatever happens to hosts, links and storage, in whatever
// order, no VM ever runs twice and the SPM lease has one holder. Random schedules of disturbances
// against the real core; a broken core must be caught by the same schedules.
#include <cstdlib>
#include <string>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/simulation/random_schedule.hpp"

namespace splitsite::reference {
namespace {

// A thousand take five seconds of an optimized build and a minute of any other.
// SPLITSITE_SCHEDULES=20000 searches longer.
std::uint64_t schedules() {
  const char* asked = std::getenv("SPLITSITE_SCHEDULES");
  if (asked != nullptr) return std::stoull(asked);
#ifdef NDEBUG
  return 1000;
#else
  return 100;
#endif
}

// What the schedules went through, so that an uneventful search does not pass for a proof.
struct Seen {
  int restarts_by_system = 0;
  int refused_starts = 0;
  int migrations = 0;
  int spm_moves = 0;
  int unknown_vms = 0;

  void add(const SimulatedCluster& cluster) {
    restarts_by_system += cluster.count_events(506);
    refused_starts += cluster.count_events(119);
    migrations += cluster.count_events(63);
    spm_moves += cluster.count_events(204) - 1;
    unknown_vms += cluster.count_events(142);
  }
};

TEST_CASE("No VM runs twice, and no two hosts are SPM, in any random schedule") {
  Seen seen;
  const std::uint64_t count = schedules();
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    INFO("seed " << seed);
    RandomSchedule schedule(seed, {});
    REQUIRE(schedule.run() == "");
    seen.add(schedule.cluster());
  }
  const int least = static_cast<int>(count);  // on average one of each in every schedule
  CHECK(seen.restarts_by_system >= least);
  CHECK(seen.refused_starts >= least);
  CHECK(seen.migrations >= least);
  CHECK(seen.spm_moves >= least);
  CHECK(seen.unknown_vms >= least);
}

TEST_CASE("Fencing, by itself and by hand, and its failures never make a VM run twice either") {
  int fenced = 0;
  int failed = 0;
  const std::uint64_t count = schedules() / 2;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    INFO("seed " << seed);
    RandomSchedule schedule(seed, {.fences = true});
    REQUIRE(schedule.run() == "");
    fenced += schedule.cluster().count_events(20);
    failed += schedule.cluster().count_events(9002);
  }
  CHECK(fenced >= static_cast<int>(count));
  CHECK(failed >= static_cast<int>(count) / 2);
}

TEST_CASE("A Manager that restarts VMs without their lease is caught by the same schedules") {
  std::uint64_t seed = 1;
  std::string violation;
  while (violation.empty() && seed <= 50) {
    violation = RandomSchedule(seed++, {.unsafe = true}).run();
  }
  CHECK(violation.find("runs twice") != std::string::npos);
}

TEST_CASE("With everything healed a cluster that fences finds back as well") {
  const std::uint64_t count = schedules() / 5;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    INFO("seed " << seed);
    RandomSchedule schedule(seed, {.user_stops = false, .fences = true});
    REQUIRE(schedule.run() == "");
    REQUIRE(schedule.heal_and_wait(std::chrono::minutes(15)) == "");
  }
}

TEST_CASE("With everything healed the cluster finds back: hosts, SPM, HA VMs, affinity") {
  const std::uint64_t count = schedules() / 3;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    INFO("seed " << seed);
    RandomSchedule schedule(seed, {.user_stops = false});
    REQUIRE(schedule.run() == "");
    REQUIRE(schedule.heal_and_wait(std::chrono::minutes(15)) == "");
  }
}

}  // namespace
}  // namespace splitsite::reference
