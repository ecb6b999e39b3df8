#include "harness/stage/steady_view.hpp"

#include "harness/observe/kinds.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using std::chrono::seconds;

const NodeId a1("host-a1"), b1("host-b1");
const VmId vm1("vm-1"), engine("HostedEngine");

// Two sites of one host and one storage node each, one VM at home in the first, a self-hosted
// engine: in its steady state at 100 s until a test takes something away.
struct Lab {
  LabConfig config;
  ClusterPicture picture;
  Ground ground;

  Lab() {
    config.sites = {{SiteId("a"), SiteRole::Primary}, {SiteId("b"), SiteRole::Secondary}};
    for (const char* site : {"a", "b"}) {
      const NodeId host("host-" + std::string(site) + "1");
      config.nodes.push_back({.name = host, .role = NodeRole::Host, .site = SiteId(site)});
      const NodeId storage("sto-" + std::string(site));
      config.nodes.push_back({.name = storage, .role = NodeRole::Storage, .site = SiteId(site)});
      picture.hosts.push_back({.name = host, .status = "up", .spm_status = "none"});
      hear(host.str(), kind::lockspace, "", {{"joined", true}}, seconds(10));
      replica(storage.str(), "UpToDate");
    }
    config.vms.push_back({.name = vm1, .home = SiteId("a")});
    config.hosted_engine =
        HostedEngineConfig{.vm = {.name = engine, .home = SiteId("a")}, .hosts = {b1, a1}};
    picture.data_center.status = "up";
    picture.hosts[0].spm_status = "spm";
    picture.vms = {{.name = vm1, .status = "up", .host = a1},
                   {.name = engine, .status = "up", .host = a1}};
    hear("host-a1", kind::lease_held, "SDM", {{"held", true}}, seconds(20));
    runs("host-a1", true);
    writes(seconds(98));
  }
  void hear(const std::string& actor, const char* what, const std::string& subject,
            nlohmann::json data, Duration at) {
    ground.follow(Event{{at, at}, actor, what, subject, std::move(data)});
  }
  void replica(const std::string& storage, const std::string& disk) {
    hear(storage, kind::drbd_state, "",
         {{"connection", "Connected"}, {"role", "Primary"}, {"disk", disk}}, seconds(30));
  }
  void runs(const std::string& host, bool running) {
    hear(host, kind::vm_running, "vm-1", {{"running", running}}, seconds(40));
  }
  void writes(Duration at) {
    hear("witness", kind::guest_ack, "vm-1", {{"boot", 1}, {"from", 1}, {"to", 5}}, at);
  }
  SteadyView view() const { return {config, picture, ground, seconds(100)}; }
  std::string lacks() const { return missing_to_steady(view()).value_or("nothing"); }
};

TEST_CASE("A lab in its steady state lacks nothing") {
  const Lab lab;
  CHECK(lab.lacks() == "nothing");
  CHECK_FALSE(missing_engine(lab.view()));
  CHECK_FALSE(missing_spm_in(lab.view(), SiteId("a")));
}

TEST_CASE("Whatever is taken away is what is missing") {
  Lab lab;
  SECTION("a host that is not up") {
    lab.picture.hosts[1].status = "connecting";
    CHECK(lab.lacks() == "host-b1 is connecting");
  }
  SECTION("a host that the Manager does not know") {
    lab.picture.hosts.pop_back();
    CHECK(lab.lacks() == "the Manager does not know host-b1");
  }
  SECTION("a host outside the lockspace") {
    lab.hear("host-b1", kind::lockspace, "", {{"joined", false}}, seconds(50));
    CHECK(lab.lacks() == "host-b1 has not joined the lockspace");
    lab.hear("host-b1", kind::lockspace, "", {{"joined", true}}, seconds(98));
    CHECK(lab.lacks() == "the Manager may not know yet that host-b1 has joined the lockspace");
  }
  SECTION("a replica behind the other") {
    lab.replica("sto-b", "Inconsistent");
    CHECK(lab.lacks() == "the replica of sto-b is Connected Primary Inconsistent");
  }
  SECTION("a storage node that has not spoken") {
    lab.config.nodes.push_back(
        {.name = NodeId("sto-c"), .role = NodeRole::Storage, .site = SiteId("b")});
    CHECK(lab.lacks() == "sto-c has not told its replication state");
  }
  SECTION("an SPM away from home, by its lease and by the Manager's word") {
    lab.hear("host-a1", kind::lease_held, "SDM", {{"held", false}}, seconds(50));
    CHECK(lab.lacks() == "no host holds the SPM lease");
    lab.hear("host-b1", kind::lease_held, "SDM", {{"held", true}}, seconds(51));
    CHECK(lab.lacks() == "the SPM is host-b1, not in site a");
    lab.picture.hosts[0].spm_status = "none";
    CHECK(missing_spm_in(lab.view(), SiteId("a")) == "no host is SPM");
    lab.picture.hosts[1].spm_status = "spm";
    CHECK(missing_spm_in(lab.view(), SiteId("a")) == "the SPM is host-b1, not in site a");
    CHECK_FALSE(missing_spm(lab.view()));
  }
  SECTION("a data center that looks for its SPM") {
    lab.picture.data_center.status = "problematic";
    CHECK(lab.lacks() == "the data center is problematic");
  }
}

TEST_CASE("A VM is there when it is up, at home, once, and writes") {
  Lab lab;
  SECTION("not up") {
    lab.picture.vms[0].status = "paused";
    CHECK(lab.lacks() == "vm-1 is paused");
  }
  SECTION("in the other site, whatever the Manager says") {
    lab.runs("host-a1", false);
    lab.runs("host-b1", true);
    CHECK(lab.lacks() == "vm-1 runs on host-b1, not at home");
  }
  SECTION("nowhere, whatever the Manager says") {
    lab.runs("host-a1", false);
    CHECK(lab.lacks() == "vm-1 runs on 0 hosts");
  }
  SECTION("unknown to the Manager") {
    lab.picture.vms.erase(lab.picture.vms.begin());
    CHECK(lab.lacks() == "the Manager does not know vm-1");
  }
  SECTION("never heard of") {
    lab.config.vms.push_back({.name = VmId("vm-2"), .home = SiteId("b")});
    lab.picture.vms.push_back({.name = VmId("vm-2"), .status = "up", .host = b1});
    lab.hear("host-b1", kind::vm_running, "vm-2", {{"running", true}}, seconds(50));
    CHECK(lab.lacks() == "vm-2 has not written for 5 s");
  }
  SECTION("twice") {
    lab.runs("host-b1", true);
    CHECK(lab.lacks() == "vm-1 runs on 2 hosts");
  }
  SECTION("silent") {
    const SteadyView later{lab.config, lab.picture, lab.ground, seconds(104)};
    CHECK(missing_to_steady(later) == "vm-1 has not written for 5 s");
  }
}

TEST_CASE("The self-hosted engine is missing until it is up in its home site") {
  Lab lab;
  lab.picture.vms[1].host = b1;
  CHECK(missing_engine(lab.view()) == "HostedEngine runs on host-b1, not in site a");
  lab.picture.vms[1].status = "migrating";
  CHECK(missing_engine(lab.view()) == "HostedEngine is migrating");
  lab.picture.vms.pop_back();
  CHECK(missing_engine(lab.view()) == "the Manager does not know HostedEngine");
  CHECK(engine_hosts_at_home(lab.config) == std::vector{a1});
}

}  // namespace
}  // namespace splitsite
