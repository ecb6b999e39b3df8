// Facts 5.2 and 5.3: one agent, in virtual time, with every timer at its default.
#include "topologies/reference/ha_agent/core/decide.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/ha_agent/core/score.hpp"

namespace splitsite::reference::ha {
namespace {

using namespace std::chrono_literals;

const EngineStatus kDown{};
const EngineStatus kGood{.vm = EngineVm::Up, .health = EngineHealth::Good, .detail = "Up"};
const EngineStatus kBad{.vm = EngineVm::Up, .health = EngineHealth::Bad, .detail = "Up"};
const EngineStatus kLaunching{.vm = EngineVm::Up, .detail = "WaitForLaunch"};
const EngineStatus kEndedByItself{.vm = EngineVm::DownUnexpected, .detail = "Down"};

// The agent of host 1 with host 2 as its peer. Actions succeed unless told otherwise.
struct Agent {
  Rules rules{.host_id = 1, .engine_memory_mib = 160, .timers = timers_of(TimingConfig{})};
  AgentState state;
  Observation seen{.local = {.memory_free = 500}, .whiteboard = Whiteboard{}};
  Instant now{};
  std::vector<Action> actions;
  bool actions_succeed = true;
  bool peer_lives = false;
  Peer peer{.host_id = 2, .timestamp = 1, .score = 3400, .hostname = "host-a2"};

  void turn() {
    if (peer_lives) ++peer.timestamp;
    if (seen.whiteboard)
      seen.whiteboard->peers = peer.timestamp > 1 ? std::vector{peer} : std::vector<Peer>{};
    Decision decision = observe(rules, state, seen, now);
    if (decision.action) {
      actions.push_back(*decision.action);
      if (actions_succeed) engine_follows(*decision.action);
      decision = acted(rules, decision.state, *decision.action, actions_succeed, now);
    }
    state = decision.state;
    // H looks again at once, but never twice in the same second.
    now += decision.at_once ? Duration(1s) : rules.timers.loop;
  }
  // What the host daemon lists after it took an order.
  void engine_follows(Action action) {
    if (action == Action::StartEngine) seen.local.engine = kLaunching;
    if (action == Action::DestroyEngine) seen.local.engine = kDown;
  }
  void run(Duration time) {
    const Instant end = now + time;
    while (now < end) turn();
  }
  void run_until(Phase phase, Duration limit = 1000s) {
    const Instant end = now + limit;
    while (state.phase != phase && now < end) turn();
    REQUIRE(to_string(state.phase) == to_string(phase));
  }
  // With the engine running here and healthy.
  void engine_up() {
    seen.local.engine = kGood;
    run_until(Phase::EngineUp);
  }
  int score_now() const { return score(state, rules.engine_memory_mib); }
};

TEST_CASE("5.2 a fresh agent starts nothing before it has 60 s of history") {
  Agent agent;
  agent.run(60s);
  CHECK(agent.state.phase == Phase::EngineDown);
  CHECK(agent.actions.empty());
  agent.run(30s);
  CHECK(agent.actions == std::vector{Action::StartEngine});
  CHECK(agent.state.phase == Phase::EngineStarting);
}

TEST_CASE("5.2 a peer lives while its own timestamp changes, whatever its clock says") {
  Agent agent;
  agent.peer_lives = true;
  agent.peer.timestamp = -1'000'000'000;
  agent.seen.whiteboard->peers = {agent.peer};
  agent.peer.engine = kGood;
  agent.peer.timestamp = 1;
  agent.run(200s);
  CHECK(agent.state.alive == std::set{2});
  CHECK(agent.state.best_engine_host == 2);
  CHECK(agent.state.phase == Phase::EngineDown);

  agent.peer_lives = false;  // its last word stays on storage: engine good, 3400
  agent.run(60s);
  CHECK(agent.actions.empty());
  agent.run(40s);
  CHECK(agent.state.alive.empty());
  CHECK(agent.actions == std::vector{Action::StartEngine});
}

TEST_CASE("5.3 the better host starts the engine, equal ones race") {
  Agent agent;
  agent.peer_lives = true;
  agent.seen.local.network = 0.5;  // 2600 here
  agent.run(300s);
  CHECK(agent.actions.empty());
  agent.peer.score = 2600;
  agent.run(40s);
  CHECK(agent.actions == std::vector{Action::StartEngine});
}

TEST_CASE("5.3 a peer that cannot run it, score 0, is no reason to wait") {
  Agent agent;
  agent.peer_lives = true;
  agent.peer.score = 0;
  agent.seen.local = {.network = 0, .management_link = false};
  agent.run(120s);
  CHECK(agent.actions.size() >= 1);
}

TEST_CASE("5.3 a start that is refused costs 50 each time, more than three make 0 for 600 s") {
  Agent agent;
  agent.actions_succeed = false;
  agent.run_until(Phase::EngineStart);
  agent.turn();
  CHECK(agent.state.retries == 1);
  CHECK(agent.score_now() == 3350);
  while (agent.state.retries < 4) agent.turn();
  CHECK(agent.score_now() == 0);
  const Instant last = *agent.state.last_retry;
  agent.peer_lives = true;  // somebody else is better now
  while (agent.state.retries > 0) agent.turn();
  CHECK(agent.now - last >= 600s);
  CHECK(agent.now - last < 630s);
  CHECK(agent.score_now() == 3400);
}

TEST_CASE("5.2 an engine that does not get healthy within 600 s is stopped") {
  Agent agent;
  agent.run_until(Phase::EngineStarting);
  const Instant started = agent.now;
  agent.seen.local.engine = kBad;
  agent.run_until(Phase::EngineStop);
  CHECK(agent.now - started >= 600s);
  CHECK(agent.now - started < 640s);
  agent.turn();
  CHECK(agent.actions.back() == Action::ShutDownEngine);
}

TEST_CASE("5.2 an engine that gets healthy within 600 s stays") {
  Agent agent;
  agent.run_until(Phase::EngineStarting);
  agent.seen.local.engine = kBad;
  agent.run(580s);
  CHECK(agent.state.phase == Phase::EngineStarting);
  agent.engine_up();
  agent.run(2000s);
  CHECK(agent.state.phase == Phase::EngineUp);
  CHECK(agent.actions == std::vector{Action::StartEngine});
}

TEST_CASE("5.2 an engine of bad health is stopped after 300 s, not before") {
  Agent agent;
  agent.engine_up();
  agent.seen.local.engine = kBad;
  agent.run_until(Phase::EngineUpBadHealth);
  agent.run(290s);
  CHECK(agent.state.phase == Phase::EngineUpBadHealth);
  agent.seen.local.engine = kGood;  // it recovers: the time starts anew
  agent.run(20s);
  CHECK(agent.state.phase == Phase::EngineUp);
  agent.seen.local.engine = kBad;
  const Instant again = agent.now;
  agent.run_until(Phase::EngineStop);
  CHECK(agent.now - again >= 300s);
  CHECK(agent.now - again < 350s);
}

TEST_CASE("5.2 a guest that ignores the shutdown for 300 s is destroyed") {
  Agent agent;
  agent.engine_up();
  agent.seen.local.engine = kBad;
  agent.run_until(Phase::EngineStop);
  const Instant asked = agent.now;
  agent.run_until(Phase::EngineForceStop);
  CHECK(agent.now - asked >= 300s);
  CHECK(agent.now - asked < 330s);
  agent.turn();
  CHECK(agent.actions == std::vector{Action::ShutDownEngine, Action::DestroyEngine});
  CHECK(agent.state.phase == Phase::EngineDown);
}

TEST_CASE("5.2 a guest that obeys the shutdown is not destroyed, a paused one is at once") {
  Agent obeys;
  obeys.engine_up();
  obeys.seen.local.engine = kBad;
  obeys.run_until(Phase::EngineStop);
  obeys.turn();
  obeys.seen.local.engine = kEndedByItself;
  obeys.turn();
  CHECK(obeys.state.phase == Phase::EngineDown);
  CHECK(obeys.actions == std::vector{Action::ShutDownEngine});

  Agent paused;
  paused.engine_up();
  paused.seen.local.engine = kBad;
  paused.run_until(Phase::EngineStop);
  paused.seen.local.engine.detail = "Paused";
  paused.turn();
  CHECK(paused.state.phase == Phase::EngineForceStop);
}

TEST_CASE("5.1 an engine that ended by itself makes the score 0 for 560 s") {
  Agent agent;
  agent.engine_up();
  agent.seen.local.engine = kEndedByItself;
  agent.run_until(Phase::EngineUnexpectedlyDown);
  const Instant ended = agent.now;
  CHECK(agent.score_now() == 0);
  agent.run(550s);
  CHECK(agent.state.phase == Phase::EngineUnexpectedlyDown);
  CHECK(agent.actions.empty());
  agent.run_until(Phase::EngineDown);
  CHECK(agent.now - ended >= 560s);
  CHECK(agent.now - ended < 600s);
}

TEST_CASE("5.2 an engine VM that vanished may turn up elsewhere for 40 s (BZ1815589)") {
  Agent gone;
  gone.engine_up();
  gone.seen.local.engine = {.vm = EngineVm::DownMissing};
  gone.run_until(Phase::EngineMaybeAway);
  const Instant missed = gone.now;
  gone.run_until(Phase::EngineUnexpectedlyDown);
  CHECK(gone.now - missed >= 40s);
  CHECK(gone.now - missed < 70s);

  Agent moved;
  moved.peer_lives = true;
  moved.engine_up();
  moved.run(100s);
  moved.seen.local.engine = {.vm = EngineVm::DownMissing};
  moved.run_until(Phase::EngineMaybeAway);
  moved.turn();
  moved.peer.engine = kBad;
  moved.turn();
  CHECK(moved.state.phase == Phase::EngineDown);
  CHECK(moved.score_now() == 3400);
}

TEST_CASE("5.1 a host better by 800 gets the engine: shut down here, no migration") {
  Agent agent;
  agent.peer_lives = true;
  agent.engine_up();
  agent.run(100s);
  agent.seen.local.network = 0.5;  // 2600 here
  agent.peer.score = 3399;
  agent.run(100s);
  CHECK(agent.state.phase == Phase::EngineUp);
  agent.peer.score = 3400;
  agent.run_until(Phase::EngineStop, 20s);
  agent.turn();
  CHECK(agent.actions == std::vector{Action::ShutDownEngine});
  agent.seen.local.engine = kEndedByItself;
  agent.run(100s);  // and it is left to the better host
  CHECK(agent.actions == std::vector{Action::ShutDownEngine});
  CHECK(agent.state.phase == Phase::EngineDown);
}

TEST_CASE("5.1 a better host that is dead does not count") {
  Agent agent;
  agent.peer_lives = true;
  agent.engine_up();
  agent.run(100s);
  agent.peer_lives = false;
  agent.run(80s);
  agent.seen.local.network = 0;
  agent.run(300s);
  CHECK(agent.state.phase == Phase::EngineUp);
}

TEST_CASE("5.3 the loser of a race destroys what is left and tries again later (BZ1207634)") {
  Agent agent;
  agent.peer_lives = true;
  agent.run_until(Phase::EngineStarting);
  agent.seen.local.engine = {.vm = EngineVm::Down, .detail = "Down"};
  agent.turn();
  CHECK(agent.state.phase == Phase::EngineForceStop);
  agent.turn();
  CHECK(agent.actions == std::vector{Action::StartEngine, Action::DestroyEngine});
  CHECK(agent.state.phase == Phase::EngineDown);
  agent.peer.engine = kBad;  // the winner's is booting
  agent.run(300s);
  CHECK(agent.actions.size() == 2);
  agent.peer.engine = kDown;  // and fails
  agent.run(30s);
  CHECK(agent.actions.back() == Action::StartEngine);
}

TEST_CASE("5.3 an engine found running is given time to settle, an agent that died or not") {
  Agent agent;
  agent.seen.local.engine = kBad;  // booting, started by a former agent
  agent.run(400s);
  CHECK(agent.state.phase == Phase::EngineStarting);
  CHECK(agent.actions.empty());
  agent.engine_up();
  CHECK(agent.actions.empty());
}

TEST_CASE("5.3 a second engine that does better elsewhere stops the one here") {
  Agent agent;
  agent.peer_lives = true;
  agent.engine_up();
  agent.run(100s);
  agent.seen.local.engine = kBad;
  agent.peer.engine = kGood;
  agent.run_until(Phase::EngineStop, 30s);
}

TEST_CASE("5.3 in global maintenance nothing is done, and monitoring goes on") {
  Agent agent;
  agent.seen.whiteboard->global_maintenance = true;
  agent.run(2000s);
  CHECK(agent.actions.empty());
  CHECK(agent.state.phase == Phase::GlobalMaintenance);
  CHECK(agent.score_now() == 3400);
  agent.seen.whiteboard->global_maintenance = false;
  agent.run(40s);
  CHECK(agent.actions == std::vector{Action::StartEngine});
}

TEST_CASE("5.3 global maintenance during a failure leaves a sick engine alone") {
  Agent agent;
  agent.engine_up();
  agent.seen.local.engine = kBad;
  agent.run(250s);
  agent.seen.whiteboard->global_maintenance = true;
  agent.run(2000s);
  CHECK(agent.actions.empty());
}

TEST_CASE("5.3 local maintenance makes the score 0 and starts nothing") {
  Agent agent;
  agent.run(30s);
  agent.seen.local.local_maintenance = true;
  agent.run(2000s);
  CHECK(agent.state.phase == Phase::LocalMaintenance);
  CHECK(agent.score_now() == 0);
  CHECK(agent.actions.empty());
  agent.seen.local.local_maintenance = false;
  agent.run(40s);
  CHECK(agent.actions == std::vector{Action::StartEngine});
}

TEST_CASE("5.3 local maintenance leaves a running engine to the Manager, who may not migrate it") {
  Agent agent;
  agent.engine_up();
  agent.seen.local.local_maintenance = true;
  agent.run(2000s);
  CHECK(agent.state.phase == Phase::EngineUp);
  CHECK(agent.actions.empty());
  agent.seen.local.engine = {.vm = EngineVm::Down, .detail = "Down"};  // migrated away after all
  agent.run(60s);
  CHECK(agent.state.phase == Phase::LocalMaintenance);
}

TEST_CASE("5.3 a starting agent waits while local maintenance is set (b773437, BZ1986732)") {
  Agent agent;
  agent.seen.local.local_maintenance = true;
  agent.run(2000s);
  CHECK(agent.state.phase == Phase::StartState);
  CHECK_FALSE(publishes(agent.state));
  agent.seen.local.local_maintenance = false;
  agent.run(60s);
  CHECK(agent.actions.empty());  // and begins with no history
  agent.run(30s);
  CHECK(agent.actions == std::vector{Action::StartEngine});
}

TEST_CASE("5.3 while the host daemon does not answer nothing is done") {
  Agent agent;
  agent.run(30s);
  agent.seen.local.engine = judge_engine({}, EngineVm::Down);
  agent.run(2000s);
  CHECK(agent.state.phase == Phase::UnknownLocalVmState);
  CHECK(agent.actions.empty());
  agent.seen.local.engine = kDown;
  agent.run(30s);
  CHECK(agent.actions == std::vector{Action::StartEngine});
}

TEST_CASE("5.3 storage that fails or hangs makes the agent begin anew (BZ1583712)") {
  Agent agent;
  agent.peer_lives = true;
  agent.peer.engine = kGood;
  agent.run(300s);
  const Whiteboard last = *agent.seen.whiteboard;
  agent.seen.whiteboard.reset();
  agent.seen.storage_error = "no answer for 30 s";
  agent.run(2000s);
  CHECK(agent.state.phase == Phase::StartState);
  CHECK(agent.state.storage_error == "no answer for 30 s");
  CHECK_FALSE(publishes(agent.state));
  CHECK(agent.actions.empty());

  agent.seen.whiteboard = last;  // the engine's host has died meanwhile
  agent.peer_lives = false;
  agent.run(60s);
  CHECK(agent.actions.empty());
  agent.run(40s);
  CHECK(agent.actions == std::vector{Action::StartEngine});
}

TEST_CASE("5.3 storage that fails leaves a running engine to sanlock") {
  Agent agent;
  agent.engine_up();
  agent.seen.whiteboard.reset();
  agent.run(2000s);
  CHECK(agent.actions.empty());
  agent.seen.whiteboard = Whiteboard{};
  agent.run_until(Phase::EngineUp, 40s);
}

TEST_CASE("5.1 an agent that is told to end says so with its last word") {
  Agent agent;
  agent.run(100s);
  const AgentState last = stopped(agent.state, agent.now);
  CHECK(last.phase == Phase::AgentStopped);
  CHECK(score(last, 160) == 0);
  CHECK(publishes(last));
}

}  // namespace
}  // namespace splitsite::reference::ha
