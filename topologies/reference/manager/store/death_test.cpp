// A Manager that dies at any step and comes back from its database: nothing it had said is lost,
// and the cluster goes on as safely as with one that never died. Random schedules of disturbances
// with a death every few hundred steps, before or after the commit.
#include <cstdlib>
#include <random>

#include "topologies/reference/manager/simulation/random_schedule.hpp"
#include "topologies/reference/manager/store/testing_disk.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Kills the Manager every few hundred steps of a story and keeps book of what it has said.
class Deaths {
 public:
  explicit Deaths(std::uint64_t seed) : random_(seed), disk_(std::to_string(seed)) {}

  void prepare(SimulatedCluster& cluster) {
    disk_.open(cluster.lab());
    cluster.run_manager_as(
        {.commit = [&](const ClusterState& state) { return commit(state, cluster); },
         .restart = [&] { return restart(cluster); },
         .down_for = seconds(1 + random_() % 40)});
  }
  void also(SimulatedCluster& cluster) {
    killing = true;
    const NodeId host("host-a" + std::to_string(1 + random_() % 2));
    const int priority = static_cast<int>(random_() % 11);
    // Without an answer it may have been kept or not.
    priorities_.erase(host);
    if (cluster.ask(SetSpmPriority{host, priority}).ok()) priorities_[host] = priority;
  }

  bool killing = false;
  int died = 0;
  int events_checked = 0;

 private:
  bool commit(const ClusterState& state, const SimulatedCluster& cluster) {
    const bool dies = killing && random_() % 300 == 0;
    const bool before = dies && random_() % 2 == 0;
    died += dies ? 1 : 0;
    if (!before) REQUIRE(disk_.store().save(state, time_at(cluster.now())));
    return !dies;
  }

  Step restart(const SimulatedCluster& cluster) {
    Step begun = restarted(disk_, cluster);
    for (const auto& [host, priority] : priorities_) {
      CHECK(begun.state.hosts.at(host).spm_priority == priority);
    }
    // Everything that was said is there, under its number, and the numbers go on.
    long index = 0;
    for (const AuditEvent& event : begun.state.events) REQUIRE(event.index == ++index);
    for (const AuditEvent& said : cluster.events()) {
      REQUIRE(said.index <= begun.state.last_event);
      CHECK(begun.state.events[static_cast<std::size_t>(said.index - 1)].description ==
            said.description);
      ++events_checked;
    }
    return begun;
  }

  std::mt19937_64 random_;
  Disk disk_;
  std::map<NodeId, int> priorities_;
};

std::uint64_t schedules() {
  const char* asked = std::getenv("SPLITSITE_SCHEDULES");
  if (asked != nullptr) return std::stoull(asked);
#ifdef NDEBUG
  return 100;
#else
  return 10;
#endif
}

TEST_CASE("Killed at any step and restored, the Manager never runs a VM twice and loses nothing") {
  int died = 0;
  int events = 0;
  for (std::uint64_t seed = 1; seed <= schedules(); ++seed) {
    INFO("seed " << seed);
    Deaths deaths(seed);
    RandomSchedule schedule(seed, {.user_stops = seed % 2 == 0,
                                   .prepare = [&](auto& cluster) { deaths.prepare(cluster); },
                                   .also = [&](auto& cluster) { deaths.also(cluster); }});
    REQUIRE(schedule.run() == "");
    deaths.killing = false;
    REQUIRE(schedule.heal_and_wait(minutes(20)) == "");
    died += deaths.died;
    events += deaths.events_checked;
  }
  CHECK(died >= static_cast<int>(schedules()));
  CHECK(events >= 100 * static_cast<int>(schedules()));
}

}  // namespace
}  // namespace splitsite::reference
