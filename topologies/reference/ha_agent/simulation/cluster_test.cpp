// Facts 5.1 to 5.4 with four agents on one disk. In every story there is never a second engine.
#include "scripts/testing/catch.hpp"
#include "topologies/reference/ha_agent/simulation/hosts.hpp"

namespace splitsite::reference::ha {
namespace {

using namespace std::chrono_literals;

// All agents have seen each other for long, and the engine is up and healthy on one host.
int settle(SimulatedHosts& hosts) {
  hosts.run(300s);
  const int host = hosts.engine_host();
  REQUIRE(host != 0);
  REQUIRE(hosts.agent(host).phase == Phase::EngineUp);
  return host;
}

bool starts_elsewhere(SimulatedHosts& hosts, int than, Duration limit) {
  const Instant end = hosts.now() + limit;
  while (hosts.now() < end && (hosts.engine_host() == 0 || hosts.engine_host() == than))
    hosts.run(1s);
  return hosts.engine_host() != 0 && hosts.engine_host() != than;
}

TEST_CASE("5.3 four equal agents race, one engine starts, the losers go back to waiting") {
  SimulatedHosts hosts;
  const int winner = settle(hosts);
  CHECK(hosts.starts().size() == 1);
  CHECK(hosts.starts()[0].at - Instant{} >= 60s);
  for (int id = 1; id <= 4; ++id) {
    if (id == winner) continue;
    CHECK(hosts.agent(id).phase == Phase::EngineDown);
    CHECK(hosts.agent(id).best_engine_host == winner);
  }
  CHECK(hosts.most_engines() == 1);
}

TEST_CASE("5.4 the engine's host dies: elsewhere, and not before sanlock frees the lease") {
  SimulatedHosts hosts;
  const int first = settle(hosts);
  const Instant died = hosts.now();
  hosts.power_off(first);
  CHECK(starts_elsewhere(hosts, first, 400s));
  // 140 s after its last renewal, which was at most 20 s before it died (fact 2.6).
  const Duration took = hosts.starts().back().at - died;
  CHECK(took >= 120s);
  CHECK(took <= 210s);
  hosts.run(200s);
  CHECK(hosts.agent(hosts.engine_host()).phase == Phase::EngineUp);
  CHECK(hosts.most_engines() == 1);
}

TEST_CASE("5.4 a whole site dies with the engine: a host of the other site starts it") {
  SimulatedHosts hosts;
  hosts.host(3).local.network = 0.5;
  hosts.host(4).local.network = 0.5;
  const int first = settle(hosts);
  REQUIRE(first <= 2);
  hosts.power_off(1);
  hosts.power_off(2);
  CHECK(starts_elsewhere(hosts, first, 400s));
  CHECK(hosts.engine_host() >= 3);
  hosts.power_on(1);
  hosts.power_on(2);
  hosts.run(1000s);
  CHECK(hosts.most_engines() == 1);
}

TEST_CASE("5.1 the gateway is cut from one site: -1600 there, and the engine moves away") {
  SimulatedHosts hosts;
  const int first = settle(hosts);
  const bool in_a = first <= 2;
  for (int id = 1; id <= 4; ++id)
    if ((id <= 2) == in_a) hosts.host(id).local.network = 0;
  hosts.run(15s);
  CHECK(hosts.score_of(first) == 1800);
  CHECK(starts_elsewhere(hosts, first, 120s));
  CHECK((hosts.engine_host() <= 2) != in_a);
  CHECK(hosts.most_engines() == 1);
}

TEST_CASE("5.1 the gateway is cut from the other site: the engine stays") {
  SimulatedHosts hosts;
  const int first = settle(hosts);
  for (int id = 1; id <= 4; ++id)
    if ((id <= 2) != (first <= 2)) hosts.host(id).local.network = 0;
  hosts.run(1000s);
  CHECK(hosts.engine_host() == first);
  CHECK(hosts.starts().size() == 1);
}

TEST_CASE("5.3 the agent dies while its engine runs: others try, sanlock refuses, it stays") {
  SimulatedHosts hosts;
  const int first = settle(hosts);
  hosts.host(first).agent_runs = false;
  hosts.run(600s);
  CHECK(hosts.engine_host() == first);
  CHECK(hosts.starts().size() == 1);
  hosts.host(first).agent_runs = true;  // a new agent finds the engine
  hosts.host(first).agent = {};
  hosts.host(first).vm_before = EngineVm::Down;
  hosts.run(60s);
  CHECK(hosts.agent(first).phase == Phase::EngineUp);
  CHECK(hosts.most_engines() == 1);
}

TEST_CASE("5.3 storage hangs on the engine's host: sanlock ends it, another host starts it") {
  SimulatedHosts hosts;
  const int first = settle(hosts);
  hosts.host(first).storage_works = false;
  hosts.run(15s);
  CHECK(hosts.agent(first).phase == Phase::StartState);
  CHECK(starts_elsewhere(hosts, first, 400s));
  CHECK(hosts.most_engines() == 1);
}

TEST_CASE("5.3 storage hangs on another host: it decides nothing, and comes back") {
  SimulatedHosts hosts;
  const int first = settle(hosts);
  const int other = first == 4 ? 1 : 4;
  hosts.host(other).storage_works = false;
  hosts.run(600s);
  CHECK(hosts.engine_host() == first);
  hosts.host(other).storage_works = true;
  hosts.run(120s);
  CHECK(hosts.agent(other).phase == Phase::EngineDown);
  CHECK(hosts.starts().size() == 1);
}

TEST_CASE("5.3 a torn block of the engine's host is ignored for a turn, nothing moves") {
  SimulatedHosts hosts;
  const int first = settle(hosts);
  const int other = first == 4 ? 1 : 4;
  hosts.tear_block(first);
  bool ignored = false;
  for (int i = 0; i < 30; ++i) {
    hosts.run(1s);
    ignored = ignored || hosts.agent(other).whiteboard.unreadable.count(first) == 1;
  }
  CHECK(ignored);
  hosts.run(300s);
  CHECK(hosts.engine_host() == first);
  CHECK(hosts.most_engines() == 1);
}

TEST_CASE("5.3 global maintenance while the engine's host dies: nobody starts it until it ends") {
  SimulatedHosts hosts;
  const int first = settle(hosts);
  hosts.set_global_maintenance(true);
  hosts.run(20s);
  hosts.power_off(first);
  hosts.run(1000s);
  CHECK(hosts.engine_host() == 0);
  hosts.set_global_maintenance(false);
  CHECK(starts_elsewhere(hosts, first, 60s));
}

TEST_CASE("5.1 an engine that ends by itself is started elsewhere, for 560 s not here") {
  SimulatedHosts hosts;
  const int first = settle(hosts);
  hosts.end_engine(first, rpc::ExitReason::UserShutdown);
  CHECK(starts_elsewhere(hosts, first, 60s));
  CHECK(hosts.score_of(first) == 0);
  hosts.run(600s);
  CHECK(hosts.score_of(first) == 3400);
  CHECK(hosts.engine_host() != first);
  CHECK(hosts.most_engines() == 1);
}

TEST_CASE("5.2 an engine that never gets healthy goes round the hosts, one at a time") {
  SimulatedHosts hosts;
  for (int id = 1; id <= 4; ++id) hosts.host(id).engine_can_get_up = false;
  hosts.run(3h);
  std::set<int> tried;
  for (const Start& start : hosts.starts()) tried.insert(start.host_id);
  CHECK(tried.size() >= 2);
  CHECK(hosts.most_engines() == 1);
}

TEST_CASE("5.3 hosts that come and go for a day never run two engines, and mostly run one") {
  SimulatedHosts hosts;
  settle(hosts);
  int with_engine = 0;
  int total = 0;
  std::uint32_t draw = 1;
  for (int round = 0; round < 200; ++round) {
    draw = draw * 1664525u + 1013904223u;
    const int id = static_cast<int>(draw >> 16) % 4 + 1;
    SimulatedHost& host = hosts.host(id);
    if (!host.powered && (draw & 0x800) != 0) {
      hosts.power_on(id);
    } else if (host.powered && (draw & 0x1000) != 0) {
      hosts.power_off(id);
    } else {
      host.local.network = (draw & 0x2000) != 0 ? 0.0 : 1.0;
    }
    for (int minute = 0; minute < 7; ++minute) {
      hosts.run(60s);
      ++total;
      with_engine += hosts.engine_host() != 0 ? 1 : 0;
    }
  }
  CHECK(hosts.most_engines() == 1);
  CHECK(with_engine > total / 3);
}

TEST_CASE(
    "4.3 the Manager moves the engine out of local maintenance: its agents take it as it comes") {
  // At every second of the agents' loops: what they see of it differs.
  for (int second = 0; second < 10; ++second) {
    SimulatedHosts hosts;
    const int first = settle(hosts);
    const int other = first % 4 + 1;
    hosts.run(std::chrono::seconds(second));
    hosts.host(first).local.local_maintenance = true;
    hosts.run(1s);
    hosts.migrate_engine(first, other);
    hosts.run(120s);
    CHECK(hosts.agent(first).phase == Phase::LocalMaintenance);
    CHECK(hosts.score_of(first) == 0);
    CHECK(hosts.agent(other).phase == Phase::EngineUp);
    CHECK(hosts.starts().size() == 1);
    CHECK(hosts.engine_host() == other);
    hosts.host(first).local.local_maintenance = false;  // activated
    hosts.run(60s);
    CHECK(hosts.agent(first).phase == Phase::EngineDown);
    CHECK(hosts.score_of(first) == 3400);
    CHECK(hosts.starts().size() == 1);
    CHECK(hosts.most_engines() == 1);
  }
}

}  // namespace
}  // namespace splitsite::reference::ha
