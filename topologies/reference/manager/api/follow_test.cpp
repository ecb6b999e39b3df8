#include "topologies/reference/manager/api/follow.hpp"

#include <chrono>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/api/api_fixture.hpp"

using namespace splitsite;
using namespace splitsite::reference;

TEST_CASE("follow puts whole objects where references are, on one object and on collections") {
  const Api api;
  CHECK_FALSE(has(api.get(vm_2).body, "<name>host-b1</name>"));
  const std::string one = api.get(vm_2, {{"follow", "host"}}).body;
  CHECK(has(one, "<name>host-b1</name>"));
  CHECK(has(one, "<address>10.77.0.11</address>"));
  const std::string all = api.get("/vms", {{"follow", "host"}}).body;
  CHECK(has(all, "<name>host-a1</name>"));
  CHECK(has(all, "<name>host-b1</name>"));
}

TEST_CASE("several names and nested ones are followed, links as well as references") {
  const Api api;
  const std::string body =
      api.get("/vms", {{"follow", "host.cluster.data_center,cluster.affinity_groups.hosts"}}).body;
  CHECK(count(body, "<data_center href") >= 2);
  CHECK(count(body, "<quota_mode>") == 2);  // once for each VM that is on a host
  CHECK(count(body, "<name>primary-site</name>") == 3);
  CHECK(count(body, "<comment>site a</comment>") == 1);
  const std::string center_body =
      api.get("/datacenters", {{"follow", "clusters,storage_domains"}}).body;
  CHECK(has(center_body, "<storage_domains>"));
  CHECK(has(center_body, "<virt_service>true</virt_service>"));
}

TEST_CASE("a reference that one object lacks is passed over, a name that none has is refused") {
  const Api api;
  const std::string down = "/vms/" + object_id("vm", "vm-5");
  CHECK(api.get(down, {{"follow", "host.cluster"}}).body == api.get(down).body);
  const ApiAnswer refused = api.get("/vms", {{"follow", "hots"}});
  CHECK(refused.status == 400);
  CHECK(has(refused.body, "Problem fetching 'hots' from vm"));
}

TEST_CASE("all VMs of a large cluster with follow are shown within 20 ms") {
  Api api;
  api.manager.change([](ClusterState& state) {
    const HostState host = state.hosts.at(NodeId("host-b1"));
    for (int i = 2; i < 8; ++i) {
      const NodeId name("host-b" + std::to_string(i));
      state.hosts[name] = host;
      state.hosts[name].name = name;
    }
    const VmState vm = state.vms.at(VmId("vm-2"));
    for (int i = 6; i <= 40; ++i) {
      const VmId name("vm-" + std::to_string(i));
      state.vms[name] = vm;
      state.vms[name].name = name;
      state.vms[name].run_on = NodeId("host-b" + std::to_string(1 + i % 7));
    }
    for (int i = 0; i < 2000; ++i) state.events.push_back(state.events.front());
  });
  const QueryParameters query = {{"follow", "host.cluster,cluster.affinity_groups"}};
  Duration best = std::chrono::hours(1);
  for (int round = 0; round < 20; ++round) {
    const Instant begun = steady_clock().now();
    const ApiAnswer answer = api.get("/vms", query);
    best = std::min(best, Duration(steady_clock().now() - begun));
    REQUIRE(count(answer.body, "<vm href") >= 38);
  }
  INFO(std::chrono::duration_cast<std::chrono::microseconds>(best).count() << " us");
  CHECK(best < std::chrono::milliseconds(20));
}
