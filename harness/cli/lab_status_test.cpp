#include "harness/cli/lab_status.hpp"

#include "scripts/testing/catch.hpp"

namespace splitsite::cli {
namespace {

LabStatus one_lab() {
  LabStatus lab{.name = "stretch", .runs = true, .supervisor_pid = 7};
  lab.nodes.push_back({.node = NodeId("host-a1"),
                       .power = "on",
                       .boot = "ready at 27.1 s",
                       .running = {"HostedEngine", "vm-1"},
                       .leases = {"HostedEngine", "SDM", "vm-1"},
                       .engine = "EngineUp, score 3400"});
  lab.nodes.push_back({.node = NodeId("wan"), .power = "on", .boot = "ready at 3.2 s"});
  return lab;
}

TEST_CASE("A host's line says what runs there, which leases it holds and what its HA agent says") {
  CHECK(to_text({one_lab()}) ==
        "stretch: up, supervisor 7\n"
        "  host-a1      on       ready at 27.1 s\n"
        "                        runs HostedEngine, vm-1; holds HostedEngine, SDM, vm-1; engine "
        "EngineUp, score 3400\n"
        "  wan          on       ready at 3.2 s\n");
}

TEST_CASE("A host of which nothing is known beyond its boot has one line") {
  LabStatus lab = one_lab();
  lab.nodes.front() = {.node = NodeId("host-a1"), .power = "off"};
  CHECK(to_text({lab}) ==
        "stretch: up, supervisor 7\n"
        "  host-a1      off      \n"
        "  wan          on       ready at 3.2 s\n");
}

}  // namespace
}  // namespace splitsite::cli
