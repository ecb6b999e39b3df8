// Changes in a node by a whole agent: renewed by name while they are wanted, and told of when they
// are gone though nobody took them back.
#include "harness/stage/agent_nodes.hpp"

#include <mutex>
#include <thread>

#include "harness/stage/testing_one_node.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

struct Told {
  std::mutex mutex;
  std::vector<std::string> changes;

  OnLifted here() {
    return [this](const NodeId&, const std::string& change) {
      const std::lock_guard lock(mutex);
      changes.push_back(change);
    };
  }
  std::vector<std::string> all() {
    const std::lock_guard lock(mutex);
    return changes;
  }
};

bool within(Duration bound, const std::function<bool()>& true_at_last) {
  return eventually<bool>(steady_clock(), {.what = "it", .bound = bound},
                          [&]() -> Probed<bool> {
                            if (true_at_last()) return true;
                            return NotYet{"not yet"};
                          })
      .has_value();
}

bool in_force(OneNode& one, const std::string& change) {
  const auto listed = (*one.agents)[kNode].call("change.list", nlohmann::json::object(), 5s);
  if (!listed) return false;
  for (const auto& each : listed.value().at("changes")) {
    if (each.at("change") == change) return true;
  }
  return false;
}

void play(OneNode& one) {
  Told told;
  AgentNodes nodes(*one.agents, told.here(), 600ms);
  const nlohmann::json loopback{{"device", "lo"}};
  CHECK(nodes.apply(kNode, "kept", "nic.down", loopback).has_value());
  // Twice its lease, so that it was renewed.
  CHECK_FALSE(within(1200ms, [&] { return !in_force(one, "kept"); }));
  CHECK(told.all().empty());
  CHECK(nodes.revert(kNode, "kept").has_value());
  CHECK_FALSE(in_force(one, "kept"));

  CHECK(nodes.apply(kNode, "lost", "nic.down", loopback).has_value());
  // Behind the harness's back.
  CHECK((*one.agents)[kNode].call("change.revert", {{"change", "lost"}}, 5s).has_value());
  CHECK(within(5s, [&] { return !told.all().empty(); }));
  CHECK(told.all() == std::vector<std::string>{"lost"});
  CHECK_FALSE(within(600ms, [&] { return told.all().size() > 1; }));
}

TEST_CASE("A change that is not there to be renewed was lifted, and is told of once") {
  bool allowed = false;
  // A thread of its own: the network it enters ends with it.
  std::thread([&] {
    allowed = enter_own_network();
    if (!allowed) return;
    OneNode one;
    CHECK(one.answers());
    play(one);
  }).join();
  if (!allowed) WARN("skipped: this machine gives the test no network of its own");
}

}  // namespace
}  // namespace splitsite
