#include "harness/lab/description/resolve.hpp"

#include <set>

#include "harness/lab/description/describe.hpp"
#include "scripts/testing/golden.hpp"

namespace splitsite {
namespace {

const std::string testdata = "harness/lab/description/testdata/";
const std::string topologies = SPLITSITE_SOURCE_DIR "/topologies/";

LabConfig standalone() { return load_lab(topologies + "stretch-standalone/topology.toml").value(); }

TEST_CASE("The standalone topology resolves to the same description every time") {
  testing::check_golden(testdata + "stretch-standalone.lab.json", to_json(standalone()));
}

TEST_CASE("A lab is described in one screen") {
  testing::check_golden(testdata + "stretch-standalone.txt", describe(standalone()));
}

TEST_CASE("Addresses and MACs are unique") {
  const LabConfig lab = standalone();
  std::set<std::string> seen{lab.machine_address};
  std::size_t count = 1;
  const auto add = [&](const std::string& value) {
    if (value.empty()) return;
    seen.insert(value);
    ++count;
  };
  for (const NodeConfig& node : lab.nodes) {
    for (const NicConfig& nic : node.nics) {
      add(nic.mac);
      add(nic.address);
    }
  }
  for (const VmConfig& vm : lab.vms) {
    add(vm.mac);
    add(vm.address);
  }
  CHECK(seen.size() == count);
}

TEST_CASE("Leases are at whole MiBs, and nothing on the LUN overlaps") {
  const StorageConfig storage = standalone().storage;
  constexpr std::uint64_t mib = 1024 * 1024;
  std::uint64_t end = storage.lockspace_offset + mib;
  for (const LeaseConfig& lease : storage.leases) {
    CHECK(lease.offset % mib == 0);
    CHECK(lease.offset >= end);
    end = lease.offset + mib;
  }
  for (const VolumeConfig& volume : storage.volumes) {
    CHECK(volume.offset >= end);
    end = volume.offset + volume.size;
  }
  CHECK(storage.lun_size == end);
  CHECK(storage.backing_size() > storage.lun_size);
}

TEST_CASE("The largest lab there can be still fits its leases before its volumes") {
  Topology topology = load_topology(topologies + "stretch-standalone/topology.toml").value();
  topology.vms.clear();
  for (int i = 1; i <= 60; ++i) {
    topology.vms.push_back({.name = VmId("vm-" + std::to_string(i)), .lease = true});
  }
  const StorageConfig storage = resolve(topology, TimingConfig{}).storage;
  CHECK(storage.leases.back().offset + 1024 * 1024 <= storage.volumes.front().offset);
}

TEST_CASE("A Manager that shares a site with hosts gets an address of its own") {
  Topology topology = load_topology(topologies + "stretch-standalone/topology.toml").value();
  for (NodeConfig& node : topology.nodes) {
    if (node.role == NodeRole::Manager) node.site = SiteId("a");
  }
  const LabConfig lab = resolve(topology, TimingConfig{});
  CHECK(lab.find_node(NodeId("manager"))->site_address() == "10.77.0.18");
  CHECK(lab.witness_address == "10.77.0.32");
}

TEST_CASE("A self-hosted engine has its own lease, lockspace, metadata and volume on the LUN") {
  const LabConfig lab = load_lab(topologies + "stretch-self-hosted/topology.toml").value();
  REQUIRE(lab.hosted_engine);
  const HostedEngineConfig& engine = *lab.hosted_engine;
  CHECK(lab.manager_address == "10.77.0.100");
  CHECK(engine.hosts ==
        std::vector<NodeId>{NodeId("host-a1"), NodeId("host-a2"), NodeId("host-b1")});
  CHECK(engine.gateway == lab.find_node(NodeId("sto-a"))->site_address());
  const VolumeConfig& last = lab.storage.volumes.back();
  CHECK(engine.lease_offset == last.offset + last.size);
  CHECK(engine.lockspace_offset == engine.lease_offset + 1024 * 1024);
  CHECK(engine.volume_offset >= engine.metadata_offset + 2001 * 4096);
  CHECK(lab.storage.lun_size == engine.volume_offset + engine.volume_size);
  CHECK(to_json(lab_config_from_json(to_json(lab)).value()) == to_json(lab));
}

TEST_CASE("A clustered Manager has two nodes, each with a disk, and an address that is neither's") {
  const LabConfig lab =
      load_lab(topologies + "stretch-standalone-clustered-manager/topology.toml").value();
  testing::check_golden(testdata + "stretch-standalone-clustered-manager.lab.json", to_json(lab));
  CHECK(lab.managers() == std::vector<NodeId>{NodeId("manager-a"), NodeId("manager-b")});
  CHECK(lab.manager_address == "10.77.0.30");
  std::set<std::string> seen{lab.machine_address, lab.manager_address + "/24"};
  std::size_t count = seen.size();
  for (const NodeConfig& node : lab.nodes) {
    for (const NicConfig& nic : node.nics) {
      if (nic.address.empty()) continue;
      seen.insert(nic.address);
      ++count;
    }
    const bool manager = node.role == NodeRole::Manager;
    CHECK((lab.disk_size(node) > 0) == (manager || node.role == NodeRole::Storage));
  }
  CHECK(seen.size() == count);
  CHECK(!standalone().clustered_manager());
}

TEST_CASE("Power controllers are on their sites' networks, and only where a host is switched") {
  const auto lab = load_lab(topologies + "stretch-power-management/topology.toml").value();
  CHECK(lab.power.address_in(SiteId("a")) == "10.77.0.10");
  CHECK(lab.power.address_in(SiteId("b")) == "10.77.0.20");
  CHECK(lab.power.address_in(SiteId("w")).empty());
  CHECK(lab.find_node(NodeId("host-a1"))->power_management);
  CHECK_FALSE(lab.find_node(NodeId("sto-a"))->power_management);
  CHECK(lab.fencing_policy.skip_if_connectivity_broken);
  CHECK_FALSE(lab.fencing_policy.skip_if_sd_active);
  CHECK(to_json(lab_config_from_json(to_json(lab)).value()) == to_json(lab));
  CHECK(standalone().power.controllers.empty());
}

TEST_CASE("Every topology resolves, and its Manager has an address") {
  const auto address = [](const std::string& name) {
    return load_lab(topologies + name + "/topology.toml").value().manager_address;
  };
  CHECK(address("stretch-standalone") == "10.77.0.31");
  CHECK(address("stretch-standalone-manager-in-primary") == "10.77.0.18");
  CHECK(address("stretch-three-hosts") == "10.77.0.31");
}

TEST_CASE("The user's timing profile goes before the topology's; one that is not there is said") {
  const std::string path = topologies + "stretch-standalone/topology.toml";
  CHECK(standalone().timing.profile == "fast");
  CHECK(load_lab(path, "production").value().timing.profile == "production");
  const auto missing = load_lab(path, "slow");
  REQUIRE(missing.has_error());
  CHECK(missing.error().message() ==
        "could not load timing profile " + topologies +
            "timing/slow.toml: No such file or directory; a timing profile is a file NAME.toml in "
            "that folder");
}

}  // namespace
}  // namespace splitsite
