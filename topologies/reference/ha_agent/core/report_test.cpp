#include "topologies/reference/ha_agent/core/report.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/ha_agent/core/score.hpp"

namespace splitsite::reference::ha {
namespace {

using namespace std::chrono_literals;

const Instant kNow{1000s};
constexpr Duration kAlive = 60s;

// What an agent in this state would have written at that moment.
std::string written(Phase phase, Instant at, bool global = false) {
  AgentState state{.phase = phase, .local = {.memory_free = 1000}, .updated = at};
  state.whiteboard.global_maintenance = global;
  const Peer self{
      .host_id = 1,
      .timestamp = std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count(),
      .score = score(state, 160),
      .hostname = "host-a1"};
  return report_json(self, state);
}

TEST_CASE("7.3 an agent that runs is active, with its score and the cluster's maintenance") {
  const auto stats = ha_stats_of(written(Phase::EngineDown, kNow - 10s, true), kNow, kAlive);
  CHECK(stats ==
        rpc::HaStats{
            .configured = true, .active = true, .score = kBaseScore, .global_maintenance = true});
}

TEST_CASE("7.3 local maintenance is the agent's state, with score 0, not what it was told") {
  const auto stats = ha_stats_of(written(Phase::LocalMaintenance, kNow), kNow, kAlive);
  CHECK(stats.active);
  CHECK(stats.local_maintenance);
  CHECK(stats.score == 0);
}

TEST_CASE("7.3 an agent that is silent, waits for storage or writes nonsense is configured only") {
  const rpc::HaStats nothing{.configured = true};
  CHECK(ha_stats_of(written(Phase::EngineDown, kNow - 61s), kNow, kAlive) == nothing);
  CHECK(ha_stats_of(written(Phase::EngineDown, kNow - 60s), kNow, kAlive).active);
  CHECK(ha_stats_of(written(Phase::StartState, kNow), kNow, kAlive) == nothing);
  CHECK(ha_stats_of("", kNow, kAlive) == nothing);
  CHECK(ha_stats_of("[]", kNow, kAlive) == nothing);
  CHECK(ha_stats_of(written(Phase::EngineDown, kNow).substr(0, 50), kNow, kAlive) == nothing);
  CHECK(ha_stats_of(R"({"timestamp":"1000"})", kNow, kAlive) == nothing);
}

}  // namespace
}  // namespace splitsite::reference::ha
