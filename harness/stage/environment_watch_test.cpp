#include "harness/stage/environment_watch.hpp"

#include <cstdlib>
#include <filesystem>
#include <map>

#include "harness/fault/testing_bench.hpp"
#include "harness/observe/kinds.hpp"
#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

namespace splitsite {
namespace {

// Only tells states.
class Machines final : public Power {
 public:
  std::map<NodeId, PowerState> states;

  Result<void> off(const NodeId&) override { return success(); }
  Result<void> on(const NodeId&) override { return success(); }
  Result<void> reset(const NodeId&) override { return success(); }
  Result<void> suspend(const NodeId&) override { return success(); }
  Result<void> resume(const NodeId&) override { return success(); }
  Result<PowerState> state(const NodeId& node) override { return states[node]; }
};

TEST_CASE("A node without disk is told once; one that a fault suspended is not") {
  const std::filesystem::path dir = make_temporary_directory();
  ManualClock clock;
  auto history = HistoryWriter::create((dir / "h.jsonl").string(), clock).value();
  Machines machines;
  std::set<NodeId> told;
  machines.states[NodeId("host-a1")] = PowerState::Paused;
  EnvironmentWatch::look(machines, fake_config(), history, told);
  CHECK(history.events().empty());

  machines.states[NodeId("sto-b")] = PowerState::Starved;
  EnvironmentWatch::look(machines, fake_config(), history, told);
  EnvironmentWatch::look(machines, fake_config(), history, told);
  REQUIRE(history.events().size() == 1);
  CHECK(history.events().front().kind == kind::environment_error);
  CHECK(history.events().front().subject == "sto-b");
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace splitsite
