// Fact 5.1, row by row.
#include "topologies/reference/ha_agent/core/score.hpp"

#include "scripts/testing/catch.hpp"

namespace splitsite::reference::ha {
namespace {

using namespace std::chrono_literals;

constexpr int kEngineMemory = 160;

// A host with nothing to hold against it.
AgentState good_host() {
  AgentState state{.phase = Phase::EngineDown};
  state.local.memory_free = kEngineMemory;
  return state;
}

int score_of(const AgentState& state) { return score(state, kEngineMemory); }

// Fifteen minutes of the same load.
void load(AgentState& state, double share) {
  for (const auto at : {900s, 450s, 0s})
    state.history.push_back({.at = Instant{} + at, .cpu_load = share});
}

TEST_CASE("5.1 a host without fault has 3400") { CHECK(score_of(good_host()) == 3400); }

TEST_CASE("5.1 a failing network test costs up to 1600, in proportion") {
  AgentState state = good_host();
  state.local.network = 0.0;
  CHECK(score_of(state) == 1800);
  state.local.network = 0.6;
  CHECK(score_of(state) == 3400 - 640);
}

TEST_CASE("5.1 an outdated configuration of the engine VM costs 1000") {
  AgentState state = good_host();
  state.local.configuration_up_to_date = false;
  CHECK(score_of(state) == 2400);
}

TEST_CASE("5.1 load costs nothing up to 0.4, all of 1000 from 0.9") {
  const auto with_load = [](double share) {
    AgentState state = good_host();
    load(state, share);
    return score_of(state);
  };
  CHECK(with_load(0.0) == 3400);
  CHECK(with_load(0.4) == 3400);
  CHECK(with_load(0.65) == Approx(2900).margin(1));
  CHECK(with_load(0.9) == Approx(2400).margin(1));
  CHECK(with_load(1.0) == 2400);
}

TEST_CASE("5.1 the load is the mean over the history, a burst counts for its time only") {
  std::deque<Snapshot> history;
  history.push_back({.at = Instant{} + 900s, .cpu_load = 1.0});
  history.push_back({.at = Instant{} + 890s, .cpu_load = 0.0});
  history.push_back({.at = Instant{}, .cpu_load = 0.0});
  CHECK(average_load(history) == Approx(5.0 / 900));
  history[1].cpu_load.reset();
  CHECK(average_load(history) == 0.0);
  CHECK(average_load({}) == 0.0);
}

TEST_CASE("5.1 a management link that is down costs 600") {
  AgentState state = good_host();
  state.local.management_link = false;
  CHECK(score_of(state) == 2800);
}

TEST_CASE("5.1 too little memory for the engine costs 400, where it does not run already") {
  AgentState state = good_host();
  state.local.memory_free = kEngineMemory - 1;
  CHECK(score_of(state) == 3000);
  state.local.memory_free.reset();
  CHECK(score_of(state) == 3000);
  state.phase = Phase::EngineUp;
  CHECK(score_of(state) == 3400);
  state.phase = Phase::EngineUpBadHealth;
  CHECK(score_of(state) == 3400);
  state.phase = Phase::GlobalMaintenance;
  CHECK(score_of(state) == 3400);
}

TEST_CASE("5.1 each start that failed costs 50, the fourth makes it 0") {
  AgentState state = good_host();
  state.retries = 1;
  CHECK(score_of(state) == 3350);
  state.retries = 3;
  CHECK(score_of(state) == 3250);
  state.retries = 4;
  CHECK(score_of(state) == 0);
}

TEST_CASE("5.1 maintenance, an unexpected end and a stopped agent have 0") {
  for (const Phase phase : {Phase::LocalMaintenance, Phase::EngineUnexpectedlyDown,
                            Phase::AgentStopped, Phase::ReinitializeFSM, Phase::StartState}) {
    AgentState state = good_host();
    state.phase = phase;
    CHECK(score_of(state) == 0);
  }
}

TEST_CASE("5.1 a score is never below 0") {
  AgentState state = good_host();
  state.local = {.network = 0, .management_link = false, .configuration_up_to_date = false};
  load(state, 1.0);
  CHECK(score_of(state) == 0);
}

}  // namespace
}  // namespace splitsite::reference::ha
