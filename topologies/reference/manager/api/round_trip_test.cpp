// Both ends of the API together, over TLS on loopback: the driver of harness/adapters/ovirt reads
// and commands a Manager behind the real server.

#include <thread>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/api/engine_fixture.hpp"
#include "topologies/reference/manager/api/object_id.hpp"

using namespace splitsite;
using namespace splitsite::reference;
using ovirt::CaSource;
using ovirt::EngineAccess;
using ovirt::OvirtCluster;
using namespace std::chrono_literals;

namespace {

std::string why(const Result<void>& result) { return result ? "" : result.error().message(); }

}  // namespace

TEST_CASE("the driver reads the whole cluster from the reference Manager") {
  Engine engine;
  OvirtCluster cluster(engine.access());

  const auto hosts = cluster.hosts();
  REQUIRE(hosts);
  REQUIRE(hosts.value().size() == 2);
  const HostView& lost = hosts.value()[0];
  CHECK(lost.name == NodeId("host-a1"));
  CHECK(lost.id == object_id("host", "host-a1"));
  CHECK(lost.status == "non_responsive");
  CHECK(lost.spm_status == "none");
  CHECK(lost.spm_priority == 10);
  CHECK(lost.active_vms == 1);
  CHECK(hosts.value()[1].spm_status == "spm");

  const auto vms = cluster.vms();
  REQUIRE(vms);
  REQUIRE(vms.value().size() == 3);
  CHECK(vms.value()[0].status == "unknown");
  CHECK(vms.value()[0].host == NodeId("host-a1"));
  CHECK(vms.value()[0].highly_available);
  CHECK(vms.value()[0].has_lease);
  CHECK(vms.value()[2].status == "down");
  CHECK_FALSE(vms.value()[2].host);
  CHECK_FALSE(vms.value()[2].has_lease);

  CHECK(cluster.data_center().value().status == "up");
  REQUIRE(cluster.storage_domains());
  CHECK(cluster.storage_domains().value().at(0).status == "active");

  const auto events = cluster.events(0);
  REQUIRE(events);
  REQUIRE(events.value().size() == 2);
  CHECK(events.value()[0].code == 204);
  CHECK(events.value()[1].severity == "warning");
  CHECK(events.value()[1].vm == VmId("vm-1"));
  CHECK(cluster.events(1).value().size() == 1);
  CHECK(cluster.events(2).value().empty());
}

TEST_CASE("the driver's actions arrive as the Manager's commands") {
  Engine engine;
  FakeManager& manager = engine.manager;
  OvirtCluster cluster(engine.access());
  CHECK(why(cluster.activate(NodeId("host-a1"))).empty());
  CHECK(manager.last<ActivateHost>().host == NodeId("host-a1"));
  CHECK(why(cluster.deactivate(NodeId("host-b1"))).empty());
  CHECK(manager.last<DeactivateHost>().host == NodeId("host-b1"));
  CHECK(why(cluster.force_select_spm(NodeId("host-b1"))).empty());
  CHECK(manager.last<ForceSelectSpm>().host == NodeId("host-b1"));
  CHECK(why(cluster.start(VmId("vm-5"))).empty());
  CHECK(manager.last<StartVm>().vm == VmId("vm-5"));
  CHECK_FALSE(manager.last<StartVm>().host);
  CHECK(why(cluster.shutdown(VmId("vm-2"))).empty());
  CHECK(manager.last<ShutdownVm>().vm == VmId("vm-2"));
  CHECK(why(cluster.migrate(VmId("vm-2"), NodeId("host-a1"))).empty());
  CHECK(manager.last<MigrateVm>().host == NodeId("host-a1"));
  CHECK(manager.count() == 6);
}

TEST_CASE("what the Manager refuses comes back with its words") {
  Engine engine;
  OvirtCluster cluster(engine.access());
  engine.manager.reply_with({409, "Operation Failed", "[Cannot run VM. VM is running.]"});
  const auto refused = cluster.start(VmId("vm-2"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::Refused);
  CHECK(refused.error().message().find(
            "HTTP 409: Operation Failed: [Cannot run VM. VM is running.]") != std::string::npos);
  engine.manager.stop_taking_commands();
  const auto stopping = cluster.start(VmId("vm-2"));
  REQUIRE_FALSE(stopping);
  CHECK(stopping.error().kind == ErrorKind::Unavailable);
  CHECK(stopping.error().message().find("HTTP 503") != std::string::npos);
}

TEST_CASE("an idle session ends and the driver logs in again") {
  Engine engine;
  OvirtCluster cluster(engine.access());
  REQUIRE(cluster.hosts());
  engine.clock.advance(31min);
  CHECK(cluster.hosts());
}

TEST_CASE("a wrong password, a CA that is not the engine's, a missing CA file: all refused") {
  Engine engine;
  EngineAccess access = engine.access();
  access.password = "splitsit";
  const auto denied = OvirtCluster(access).hosts();
  REQUIRE_FALSE(denied);
  CHECK(denied.error().kind == ErrorKind::Refused);
  CHECK(denied.error().why.find("access_denied") != std::string::npos);

  Engine other;
  access = engine.access();
  access.ca_file = other.ca_file;
  const auto untrusted = OvirtCluster(access).hosts();
  REQUIRE_FALSE(untrusted);
  CHECK(untrusted.error().kind == ErrorKind::Refused);
  CHECK(untrusted.error().hint.find("CA certificate") != std::string::npos);

  access.ca_file = "/nonexistent/ca.pem";
  const auto missing = OvirtCluster(access).hosts();
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::Invalid);
}

TEST_CASE("the offered CA is pinned on first use, or followed where a lab asks for that") {
  std::optional<Engine> engine;
  engine.emplace();
  EngineAccess access = engine->access();
  const std::uint16_t port = engine->server->port();
  access.ca_file.clear();
  access.ca_source = CaSource::FirstUse;
  OvirtCluster pinned(access);
  access.ca_source = CaSource::EachUse;
  OvirtCluster following(access);
  REQUIRE(pinned.hosts());
  REQUIRE(following.hosts());
  engine.reset();
  engine.emplace(port);  // rebooted: another CA, no sessions
  const auto changed = pinned.hosts();
  REQUIRE_FALSE(changed);
  CHECK(changed.error().kind == ErrorKind::Refused);
  CHECK(following.hosts());
}

TEST_CASE("a Manager restarted in the same boot keeps its certificates") {
  const Directory directory;
  std::string first;
  {
    Engine engine(0, directory.path);
    first = engine.server->ca_pem();
  }
  Engine engine(0, directory.path);
  CHECK(engine.server->ca_pem() == first);
}

TEST_CASE("a port somebody else serves is an error that says so") {
  Engine engine;
  FakeManager manager;
  const auto second = ApiServer::start({.listen_address = "127.0.0.1",
                                        .port = engine.server->port(),
                                        .directory = engine.own_directory->path},
                                       manager, steady_clock());
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::Unavailable);
  CHECK(second.error().message().find("Address already in use") != std::string::npos);
}

TEST_CASE("many readers at once, while the state changes, all get whole answers") {
  Engine engine;
  std::atomic<int> good = 0;
  std::atomic<int> bad = 0;
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 8; ++i) {
      readers.emplace_back([&] {
        OvirtCluster cluster(engine.access());
        for (int round = 0; round < 10; ++round) {
          const auto vms = cluster.vms();
          const bool whole = vms && vms.value().size() == 3;
          ++(whole && cluster.start(VmId("vm-5")) ? good : bad);
        }
      });
    }
    for (int i = 0; i < 200; ++i) {
      engine.manager.change([i](ClusterState& state) {
        state.vms[VmId("vm-2")].status = i % 2 == 0 ? VmStatus::Migrating : VmStatus::Up;
      });
    }
  }
  CHECK(good == 80);
  CHECK(bad == 0);
  CHECK(engine.manager.count() == 80);
}
