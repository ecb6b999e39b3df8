#include "topologies/reference/hostd/ha_agent_files.hpp"

#include <filesystem>
#include <fstream>

#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"
#include "topologies/reference/hostd/fakes/test_lab.hpp"

namespace splitsite::reference::hostd {
namespace {

using namespace std::chrono_literals;

const NodeId kCapable{"host-a1"}, kStandard{"host-b1"};

LabConfig self_hosted_lab() {
  LabConfig lab = test_lab();
  lab.hosted_engine =
      HostedEngineConfig{.vm = {.name = VmId(hosted_engine_vm)}, .hosts = {kCapable}};
  return lab;
}

struct Files {
  std::filesystem::path folder = make_temporary_directory();
  HaAgentPaths paths{.report = folder / "report", .maintenance = folder / "maintenance"};

  ~Files() { std::filesystem::remove_all(folder); }
};

TEST_CASE("SHE-3 a standard host has no HA agent: nothing of it is configured, nor can be set") {
  Files files;
  std::ofstream(files.paths.report) << "{}";
  HaAgentFiles agent(self_hosted_lab(), kStandard, steady_clock(), files.paths);
  CHECK(agent.stats() == rpc::HaStats{});
  CHECK(agent.set_local_maintenance(true).error().kind == ErrorKind::Unavailable);
  HaAgentFiles none(test_lab(), kCapable, steady_clock(), files.paths);
  CHECK(none.stats() == rpc::HaStats{});
}

TEST_CASE("7.3 the agent's report is read where it is written, by the same clock") {
  Files files;
  ManualClock clock;
  clock.advance(500s);
  HaAgentFiles agent(self_hosted_lab(), kCapable, clock, files.paths);
  CHECK(agent.stats() == rpc::HaStats{.configured = true});
  std::ofstream(files.paths.report)
      << R"({"timestamp":495,"score":3400,"state":"EngineUp","global_maintenance":false})";
  CHECK(agent.stats() == rpc::HaStats{.configured = true, .active = true, .score = 3400});
  clock.advance(60s);
  CHECK_FALSE(agent.stats().active);
}

TEST_CASE("4.3 local maintenance is the file that the agent looks for with each turn") {
  Files files;
  HaAgentFiles agent(self_hosted_lab(), kCapable, steady_clock(), files.paths);
  CHECK(agent.set_local_maintenance(false));  // it was not set
  CHECK(agent.set_local_maintenance(true));
  CHECK(agent.set_local_maintenance(true));
  CHECK(std::filesystem::exists(files.paths.maintenance));
  CHECK(agent.set_local_maintenance(false));
  CHECK_FALSE(std::filesystem::exists(files.paths.maintenance));
  std::filesystem::remove_all(files.folder);
  CHECK(agent.set_local_maintenance(true).has_error());
}

}  // namespace
}  // namespace splitsite::reference::hostd
