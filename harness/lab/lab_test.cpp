// The parts of a lab's life that need no machine: names, files, what a boot looks like from
// outside.
#include "harness/lab/lab.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "harness/lab/boot_watch.hpp"
#include "harness/lab/lab_files.hpp"
#include "harness/lab/preflight.hpp"
#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

using namespace splitsite;
namespace fs = std::filesystem;

namespace {

struct TemporaryState {
  TemporaryState() { path = make_temporary_directory(); }
  ~TemporaryState() { fs::remove_all(path); }
  StateDirectory state() const { return StateDirectory(path.string()); }
  fs::path path;
};

LabConfig small_config() {
  LabConfig config;
  config.name = "small";
  config.nodes = {{.name = NodeId("host-a1"), .role = NodeRole::Host},
                  {.name = NodeId("sto-a"), .role = NodeRole::Storage}};
  config.storage.lun_size = 64 << 20;
  return config;
}

AgentEvent step(const std::string& node, const std::string& text) {
  return {.node = NodeId(node), .kind = "step", .fields = {{"text", text}}};
}

std::string reason(const BootWatch& boots) {
  const auto seen = boots.look();
  return std::holds_alternative<NotYet>(seen) ? std::get<NotYet>(seen).reason : "settled";
}

}  // namespace

TEST_CASE("A lab's name cannot leave its directory or look like an option") {
  CHECK(check_lab_name("stretch-standalone_2"));
  for (const char* bad : {"", "-x", "a/b", "..", "a b", "ä"}) {
    INFO(bad);
    CHECK_FALSE(check_lab_name(bad));
  }
  CHECK_FALSE(check_lab_name(std::string(65, 'x')));
}

// A lab is called after its topology unless its user names it.
TEST_CASE("Every topology there is can name a lab") {
  int topologies = 0;
  for (const auto& entry : fs::directory_iterator(SPLITSITE_SOURCE_DIR "/topologies")) {
    if (!fs::exists(entry.path() / "topology.toml")) continue;
    INFO(entry.path());
    CHECK(check_lab_name(entry.path().filename().string()));
    ++topologies;
  }
  CHECK(topologies > 0);
}

TEST_CASE("A lab's files are made sparse and removed but for its logs") {
  const TemporaryState place;
  const LabPaths paths = place.state().lab("small");
  REQUIRE(make_lab_files(small_config(), paths));
  const std::string backing = paths.node(NodeId("sto-a")) + "/backing.img";
  struct stat info {};
  REQUIRE(::stat(backing.c_str(), &info) == 0);
  CHECK(info.st_size > (64 << 20));
  CHECK(info.st_blocks == 0);
  CHECK(fs::exists(paths.lab_disk()));
  CHECK(find_lab(place.state(), "small").value().leftovers);

  std::ofstream(paths.console_log(NodeId("host-a1"))) << "hello\n";
  std::ofstream(paths.supervisor_log()) << "hello\n";
  REQUIRE(end_lab(place.state(), "small"));
  CHECK_FALSE(fs::exists(backing));
  CHECK_FALSE(fs::exists(paths.config()));
  CHECK(fs::exists(paths.console_log(NodeId("host-a1"))));
  CHECK(fs::exists(paths.supervisor_log()));
  CHECK_FALSE(find_lab(place.state(), "small").value().leftovers);
}

TEST_CASE("Two programs cannot have the same lab") {
  const TemporaryState place;
  const LabPaths paths = place.state().lab("small");
  const auto first = lock_lab(paths);
  REQUIRE(first);
  const auto second = lock_lab(paths);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::Conflict);
}

TEST_CASE("A boot says of each node what it was last seen doing, until all are ready") {
  const TemporaryState place;
  const LabPaths paths = place.state().lab("small");
  BootWatch boots({NodeId("host-a1"), NodeId("sto-a")}, paths);
  boots.on_agent_event(step("sto-a", "replicas connected"));
  CHECK(reason(boots) == "host-a1: not powered on yet, sto-a: replicas connected");
  fs::create_directories(fs::path(paths.console_log(NodeId("host-a1"))).parent_path());
  std::ofstream(paths.console_log(NodeId("host-a1"))).flush();
  CHECK(reason(boots) == "host-a1: no sign of life yet, sto-a: replicas connected");
  boots.on_agent_event(step("sto-a", "ready"));
  CHECK(boots.ready() == 1);
  CHECK(boots.not_ready() == std::vector<NodeId>{NodeId("host-a1")});
  boots.on_agent_event(step("host-a1", "ready"));
  CHECK(reason(boots) == "settled");
  CHECK_FALSE(std::get<std::optional<BootFailure>>(boots.look()));
}

TEST_CASE("A node that reboots is not ready any more") {
  BootWatch boots({NodeId("sto-a")}, {"/nowhere"});
  boots.on_agent_event(step("sto-a", "ready"));
  boots.on_agent_event({.node = NodeId("sto-a"), .kind = "agent.start"});
  CHECK(reason(boots) == "sto-a: its agent runs");
}

TEST_CASE("A failed step and a stopped machine each end the wait, with the node's name") {
  BootWatch failed({NodeId("host-a1"), NodeId("sto-a")}, {"/nowhere"});
  failed.on_agent_event(step("host-a1", "FAILED LUN seen: waited 60 s for the LUN"));
  const auto failure = std::get<std::optional<BootFailure>>(failed.look());
  REQUIRE(failure);
  CHECK(failure->node == NodeId("host-a1"));
  CHECK(failure->why.find("LUN seen") != std::string::npos);

  BootWatch stopped({NodeId("sto-a")}, {"/nowhere"});
  stopped.on_lifecycle({.node = NodeId("sto-a"),
                        .kind = libvirt::LifecycleEvent::Kind::Stopped,
                        .reason = "crashed"});
  REQUIRE(std::get<std::optional<BootFailure>>(stopped.look()));
}

TEST_CASE("The end of a console is shown without its control codes") {
  const TemporaryState place;
  const LabPaths paths = place.state().lab("small");
  fs::create_directories(paths.node(NodeId("wan")));
  std::ofstream log(paths.console_log(NodeId("wan")));
  for (int i = 1; i <= 30; ++i) log << "line " << i << "\r\n";
  log.close();
  const std::string tail = console_tail(paths, NodeId("wan"), 2);
  CHECK(tail == "  | line 29\n  | line 30\n");
  std::ofstream(paths.console_log(NodeId("wan")), std::ios::app) << "splitsite: network\r\n";
  CHECK(reason(BootWatch({NodeId("wan")}, paths)) == "wan: network");
}

TEST_CASE("What is missing is said with what mends it, all at once") {
  CHECK(require({{.what = "a", .passed = true}}));
  const auto result = require({{.what = "a", .passed = true},
                               {"memory", false, "1 GiB", "buy some"},
                               {"tun", false, "none", "modprobe tun"}});
  REQUIRE_FALSE(result);
  CHECK(result.error().why == "memory: 1 GiB; tun: none");
  CHECK(result.error().hint == "buy some; modprobe tun");
}

TEST_CASE("A lab too big for this machine, or too deep in the file system, is refused") {
  LabConfig config = small_config();
  config.nodes.front().memory_mib = 1 << 30;
  CHECK_FALSE(require(check_lab(config, LabPaths{"/state/labs/small"})));
  config.nodes.front().memory_mib = 1;
  CHECK(require(check_lab(config, LabPaths{"/state/labs/small"})));
  CHECK_FALSE(require(check_lab(config, LabPaths{"/state/" + std::string(100, 'x')})));
}
