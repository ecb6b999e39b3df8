#include <libvirt/libvirt.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "harness/agent/host/ha_agent_state.hpp"
#include "harness/agent/host/host_truth.hpp"
#include "harness/agent/host/lifecycle.hpp"
#include "harness/agent/host/vm_processes.hpp"
#include "harness/agent/testing.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

struct Host {
  std::vector<Json> events;
  EventLog log{[this](const Json& event) { events.push_back(event); }};
  HostTruth truth{log};

  // "vm.process vm-1 true" for each event, then forgets them.
  std::vector<std::string> told() {
    std::vector<std::string> lines;
    for (const Json& e : events) {
      std::string line = e["event"];
      for (const char* key : {"vm", "lease", "up", "running", "held", "joined"}) {
        if (e.contains(key))
          line += " " + (e[key].is_string() ? e[key].get<std::string>() : e[key].dump());
      }
      lines.push_back(line);
    }
    events.clear();
    return lines;
  }
};
using Told = std::vector<std::string>;

TEST_CASE("A VM that starts, pauses and dies is told once for each change") {
  Host host;
  host.truth.process_up("vm-1", 100);
  host.truth.process_up("vm-1", 100);
  host.truth.running("vm-1", true, "booted");
  host.truth.running("vm-1", true, "resumed");
  CHECK(host.told() == Told{"vm.process vm-1 true", "vm.running vm-1 true"});
  host.truth.running("vm-1", false, "I/O error");
  host.truth.process_gone("vm-1", 100);
  host.truth.process_gone("vm-1", 100);
  CHECK(host.told() == Told{"vm.running vm-1 false", "vm.process vm-1 false"});
}

TEST_CASE("A process that dies while it runs stops running first") {
  Host host;
  host.truth.process_up("vm-1", 100);
  host.truth.running("vm-1", true, "booted");
  host.told();
  host.truth.process_gone("vm-1", 100);
  CHECK(host.told() == Told{"vm.running vm-1 false", "vm.process vm-1 false"});
  CHECK(host.truth.truth()["vms"].empty());
}

TEST_CASE("The late end of a former process says nothing about the present one") {
  Host host;
  host.truth.process_up("vm-1", 100);
  host.truth.process_up("vm-1", 200);
  host.told();
  host.truth.process_gone("vm-1", 100);
  CHECK(host.told().empty());
  CHECK(host.truth.truth()["vms"][0]["pid"] == 200);
}

TEST_CASE(
    "After libvirtd was away, what is found is told with the time since when it may be true") {
  Host host;
  host.truth.running("vm-1", true, "booted");
  host.truth.running("vm-2", true, "booted");
  host.told();
  host.truth.all_running({"vm-2", "vm-3"}, NodeTime(7));
  REQUIRE(host.events.size() == 2);
  CHECK(host.events[0]["since_ns"] == 7);
  CHECK(host.told() == Told{"vm.running vm-3 true", "vm.running vm-1 false"});
}

SanlockStatus holding(std::vector<HeldLease> leases) {
  return SanlockStatus{
      .daemon = true, .joined = true, .generation = 3, .leases = std::move(leases)};
}

TEST_CASE("Leases are told when they come and go, with their process") {
  Host host;
  host.truth.sanlock(holding({{"vm-1", 100, 5}}), NodeTime(1));
  CHECK(host.told() == Told{"sanlock.daemon true", "lockspace true", "lease.held vm-1 true"});
  host.truth.sanlock(holding({{"vm-1", 100, 5}}), NodeTime(2));
  CHECK(host.told().empty());
  CHECK(host.truth.truth()["leases"][0] ==
        Json{{"name", "vm-1"}, {"pid", 100}, {"version", 5}, {"owner_generation", 3}});
  host.truth.sanlock(holding({{"SDM", 7, 1}}), NodeTime(3));
  CHECK(host.told() == Told{"lease.held vm-1 false", "lease.held SDM true"});
}

TEST_CASE("A lease sanlock is busy with stays where it was until sanlock is through with it") {
  Host host;
  host.truth.sanlock(holding({{"vm-1", 100, 5}}), {});
  host.told();
  auto busy = holding({});
  busy.undecided = {"vm-1"};
  host.truth.sanlock(busy, NodeTime(10));
  host.truth.sanlock(busy, NodeTime(20));
  CHECK(host.told().empty());
  SECTION("released: it may have been free since before it was first seen being given up") {
    host.truth.sanlock(holding({}), NodeTime(30));
    REQUIRE(host.events.size() == 1);
    CHECK(host.events[0]["since_ns"] == 10);
    CHECK(host.told() == Told{"lease.held vm-1 false"});
  }
  SECTION("not released after all") {
    host.truth.sanlock(holding({{"vm-1", 100, 5}}), NodeTime(30));
    CHECK(host.told().empty());
    host.truth.sanlock(holding({}), NodeTime(40));
    CHECK(host.events[0]["since_ns"] == 40);
  }
  SECTION("a release that hangs, and the host's own place in the lockspace expires") {
    busy.joined = false;
    host.truth.sanlock(busy, {});
    CHECK(host.told() == Told{"lockspace false", "lease.held vm-1 false"});
  }
}

TEST_CASE("A silent sanlock daemon gives no lease away") {
  Host host;
  host.truth.sanlock(holding({{"vm-1", 100, 5}}), {});
  host.told();
  host.truth.sanlock(SanlockStatus{}, {});
  CHECK(host.told() == Told{"sanlock.daemon false"});
  CHECK(host.truth.truth()["leases"].size() == 1);
}

TEST_CASE("An incoming migration exists but does not run; the resumed one does") {
  CHECK_FALSE(running_change(VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_MIGRATED)->running);
  CHECK(running_change(VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_MIGRATED)->running);
  CHECK(running_change(VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_BOOTED)->running);
  CHECK_FALSE(
      running_change(VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_IOERROR)->running);
  CHECK_FALSE(running_change(VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_CRASHED)->running);
  CHECK_FALSE(running_change(VIR_DOMAIN_EVENT_DEFINED, 0));
}

TEST_CASE("A process is seen when its pid file is written, and gone when the kernel says so") {
  const testing::Folder folder;
  auto loop = std::move(EventLoop::create().value());
  std::vector<std::string> seen;
  const VmProcesses processes(
      *loop, folder.path.string(),
      {.up = [&](const std::string& vm, pid_t) { seen.push_back("+" + vm); },
       .gone = [&](const std::string& vm, pid_t) { seen.push_back("-" + vm); }});
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  std::ofstream(folder.path / "vm-1.pid") << child << "\n";
  std::ofstream(folder.path / "vm-1.xml") << "no pid file";
  std::ofstream(folder.path / "vm-9.pid") << "";
  CHECK(testing::run_until(*loop, [&] { return !seen.empty(); }));
  ::kill(child, SIGKILL);
  CHECK(testing::run_until(*loop, [&] { return seen.size() == 2; }));
  ::waitpid(child, nullptr, 0);
  CHECK(seen == std::vector<std::string>{"+vm-1", "-vm-1"});
}

TEST_CASE("A pid file that was there before is found, one that outlived its process is not") {
  const testing::Folder folder;
  std::ofstream(folder.path / "vm-1.pid") << ::getpid();
  std::ofstream(folder.path / "vm-2.pid") << 999999999;
  auto loop = std::move(EventLoop::create().value());
  std::vector<std::string> seen;
  const VmProcesses processes(
      *loop, folder.path.string(),
      {.up = [&](const std::string& vm, pid_t) { seen.push_back(vm); }, .gone = {}});
  CHECK(seen == std::vector<std::string>{"vm-1"});
}

TEST_CASE("An HA agent's state is passed on as it wrote it; a torn one is as good as none") {
  const testing::Folder folder;
  const std::string file = (folder.path / "ha-agent.json").string();
  CHECK(read_ha_agent_state(file).is_null());
  std::ofstream(file) << R"({"score": 3400, "state": "EngineUp"})";
  CHECK(read_ha_agent_state(file)["score"] == 3400);
  std::ofstream(file) << R"({"score": 34)";
  CHECK(read_ha_agent_state(file).is_null());
  std::ofstream(file) << "[]";
  CHECK(read_ha_agent_state(file).is_null());
}

}  // namespace
}  // namespace splitsite::agent
