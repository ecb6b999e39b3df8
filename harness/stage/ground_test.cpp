#include "harness/stage/ground.hpp"

#include "harness/observe/kinds.hpp"
#include "harness/stage/agent_ports.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

Event event(const char* actor, const char* event_kind, const char* subject, nlohmann::json data) {
  return Event{{}, actor, event_kind, subject, std::move(data)};
}

TEST_CASE("Power loss and a fresh boot take everything off a node") {
  for (const Event& loss : {event("harness", kind::node_power, "host-a1", {{"on", false}}),
                            event("host-a1", kind::agent_start, "", {{"boot_id", "x"}})}) {
    Ground ground;
    ground.follow(event("host-a1", kind::vm_running, "vm-1", {{"running", true}}));
    ground.follow(event("host-a1", kind::lease_held, "SDM", {{"held", true}}));
    ground.follow(event("host-b1", kind::vm_running, "vm-4", {{"running", true}}));
    REQUIRE(ground.running_on(VmId("vm-1")).size() == 1);
    ground.follow(loss);
    CHECK(ground.running_on(VmId("vm-1")).empty());
    CHECK(ground.holders_of("SDM").empty());
    CHECK(ground.running_on(VmId("vm-4")) == std::set{NodeId("host-b1")});
  }
}

TEST_CASE("A host is in the lockspace since it was first seen there, until it leaves or dies") {
  Ground ground;
  const NodeId host("host-a1");
  const auto seen = [&](int second, bool joined) {
    Event now = event("host-a1", kind::lockspace, "", {{"joined", joined}});
    now.at = {std::chrono::seconds(second), std::chrono::seconds(second)};
    ground.follow(now);
  };
  CHECK_FALSE(ground.joined_since(host).has_value());
  seen(5, true);
  seen(7, true);
  CHECK(ground.joined_since(host) == std::chrono::seconds(5));
  seen(9, false);
  CHECK_FALSE(ground.joined_since(host).has_value());
  seen(11, true);
  ground.follow(event("harness", kind::node_power, "host-a1", {{"on", false}}));
  CHECK_FALSE(ground.joined_since(host).has_value());
}

TEST_CASE("Two copies are seen as two") {
  Ground ground;
  ground.follow(event("host-a1", kind::vm_running, "vm-1", {{"running", true}}));
  ground.follow(event("host-b1", kind::vm_running, "vm-1", {{"running", true}}));
  CHECK(ground.running_on(VmId("vm-1")).size() == 2);
  ground.follow(event("host-a1", kind::vm_running, "vm-1", {{"running", false}}));
  CHECK(ground.running_on(VmId("vm-1")).size() == 1);
}

TEST_CASE("A VM runs on a host since it was first seen there, and anew after it was gone") {
  Ground ground;
  const auto seen = [&](int second, bool runs) {
    Event now = event("host-b1", kind::vm_running, "vm-1", {{"running", runs}});
    now.at = {std::chrono::seconds(second), std::chrono::seconds(second)};
    ground.follow(now);
  };
  CHECK_FALSE(ground.running_since(VmId("vm-1"), NodeId("host-b1")).has_value());
  seen(5, true);
  seen(7, true);
  CHECK(ground.running_since(VmId("vm-1"), NodeId("host-b1")) == std::chrono::seconds(5));
  seen(9, false);
  seen(11, true);
  CHECK(ground.running_since(VmId("vm-1"), NodeId("host-b1")) == std::chrono::seconds(11));
}

TEST_CASE("A replica is in sync only when it is connected, primary and up to date") {
  Ground ground;
  CHECK_FALSE(ground.replica(NodeId("sto-a")).has_value());
  ground.follow(
      event("sto-a", kind::drbd_state, "",
            {{"connection", "SyncTarget"}, {"role", "Secondary"}, {"disk", "Inconsistent"}}));
  CHECK_FALSE(ground.replica(NodeId("sto-a"))->in_sync());
  ground.follow(event("sto-a", kind::drbd_state, "",
                      {{"connection", "Connected"}, {"role", "Primary"}, {"disk", "UpToDate"}}));
  CHECK(ground.replica(NodeId("sto-a"))->in_sync());
}

TEST_CASE("A direction has the name of the device whose leaf shapes it") {
  CHECK(device_of({LinkKind::Site, SiteId("a"), SiteId("b")}) == "s.a.b");
  CHECK(device_of({LinkKind::Replication, SiteId("b"), SiteId("a")}) == "r.b.a");
}

}  // namespace
}  // namespace splitsite
