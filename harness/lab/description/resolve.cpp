#include "harness/lab/description/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "harness/lab/description/timing_profile.hpp"

namespace splitsite {
namespace {

constexpr std::uint64_t mib = 1024 * 1024;
constexpr std::uint64_t first_lease = 1 * mib;    // behind the lockspace
constexpr std::uint64_t metadata_size = 8 * mib;  // 4 KiB for each of 2000 host ids
constexpr std::uint64_t first_volume = 64 * mib;  // behind the last lease there can be

constexpr int guest_mac_group = 0xfe;  // where a node's MAC has its site's number

// Locally administered, in the range QEMU and libvirt use: 52:54:00:<site>:<node>:<card>.
std::string mac(int site, int node, std::size_t card) {
  return fmt::format("52:54:00:{:02x}:{:02x}:{:02x}", site, node, card);
}

std::string site_network_address(int last) { return fmt::format("10.77.0.{}/24", last); }
std::string replication_address(int last) { return fmt::format("10.78.0.{}/24", last); }

constexpr const char* clustered_manager_address = "10.77.0.30";

class Resolver {
 public:
  explicit Resolver(const Topology& topology) : topology_(topology) {
    int number = 1;
    for (const SiteConfig& site : topology.sites) site_numbers_[site.name] = number++;
  }

  std::vector<NodeConfig> nodes() {
    std::vector<NodeConfig> result;
    for (NodeConfig node : topology_.nodes) {
      const int number = static_cast<int>(result.size()) + 1;
      if (node.role == NodeRole::Wan) {
        add_wan_ports(node, number);
      } else {
        add_cards(node, number);
      }
      result.push_back(node);
    }
    return result;
  }

 private:
  void add_cards(NodeConfig& node, int number) {
    const int site = site_numbers_.at(node.site);
    const int last = 10 * site + place_in_site(node);
    node.nics.push_back({.device = "eth0",
                         .network = "site-" + node.site.str(),
                         .mac = mac(site, number, 0),
                         .address = site_network_address(last)});
    if (node.role != NodeRole::Storage) return;
    node.nics.push_back({.device = "eth1",
                         .network = "repl-" + node.site.str(),
                         .mac = mac(site, number, 1),
                         .address = replication_address(last)});
  }

  int place_in_site(const NodeConfig& node) {
    switch (node.role) {
      case NodeRole::Host:
        return ++hosts_[node.site];
      case NodeRole::Storage:
        return 9;
      case NodeRole::Manager:
        return third(node.site) ? 1 : 8;
      case NodeRole::Witness:
        return 2;
      case NodeRole::Wan:
        break;
    }
    return 0;
  }

  bool third(const SiteId& name) const {
    return !topology_.sites.empty() && topology_.sites.back().name == name;
  }

  // A port on every site's network, then one on every replication network.
  void add_wan_ports(NodeConfig& wan, int number) const {
    const auto add = [&](const std::string& network) {
      const std::size_t card = wan.nics.size();
      wan.nics.push_back({.device = fmt::format("eth{}", card),
                          .network = network,
                          .mac = mac(0, number, card),
                          .address = {}});
    };
    for (const SiteConfig& site : topology_.sites) add("site-" + site.name.str());
    for (const SiteConfig& site : topology_.sites) {
      if (site.role != SiteRole::Third) add("repl-" + site.name.str());
    }
  }

  const Topology& topology_;
  std::map<SiteId, int> site_numbers_;
  std::map<SiteId, int> hosts_;
};

std::vector<VmConfig> guests(const Topology& topology) {
  std::vector<VmConfig> result;
  for (VmConfig vm : topology.vms) {
    const int number = static_cast<int>(result.size()) + 1;
    vm.mac = mac(guest_mac_group, number, 0);
    vm.address = site_network_address(100 + number);
    result.push_back(vm);
  }
  return result;
}

StorageConfig storage(const Topology& topology) {
  StorageConfig result;
  result.domain = topology.storage_domain;
  result.iqn_prefix = "iqn.2026-01.test.splitsite";
  // Hex digits only count: LIO makes the LUN's world-wide name from them.
  result.serial = "51713e51-7e00-4000-8000-000000000001";
  result.lockspace_offset = 0;
  const auto add_lease = [&](const std::string& name) {
    result.leases.push_back({.name = name, .offset = first_lease + result.leases.size() * mib});
  };
  add_lease("SDM");
  const std::uint64_t size = static_cast<std::uint64_t>(topology.volume_mib) * mib;
  for (const VmConfig& vm : topology.vms) {
    add_lease(vm.name.str());  // also for those without: an edit may give them one
    const std::uint64_t offset = first_volume + result.volumes.size() * size;
    result.volumes.push_back({.vm = vm.name, .offset = offset, .size = size});
  }
  result.lun_size = first_volume + result.volumes.size() * size;
  return result;
}

// Behind the VMs' volumes, so that a lab with a self-hosted engine has its guests where others do.
std::optional<HostedEngineConfig> hosted_engine(const Topology& topology, StorageConfig& storage) {
  if (!topology.hosted_engine) return std::nullopt;
  HostedEngineConfig engine = *topology.hosted_engine;
  engine.vm.mac = mac(guest_mac_group, 0, 0);
  engine.vm.address = site_network_address(100);
  engine.lease_offset = storage.lun_size;
  engine.lockspace_offset = engine.lease_offset + mib;
  engine.metadata_offset = engine.lockspace_offset + mib;
  engine.volume_offset = engine.metadata_offset + metadata_size;
  storage.lun_size = engine.volume_offset + engine.volume_size;
  return engine;
}

// One in each site whose hosts have power management, on the site's first free address.
std::vector<PowerControllerConfig> power_controllers(const Topology& topology) {
  std::vector<PowerControllerConfig> result;
  for (std::size_t i = 0; i < topology.sites.size(); ++i) {
    const SiteId& site = topology.sites[i].name;
    const bool wanted = std::any_of(
        topology.nodes.begin(), topology.nodes.end(),
        [&](const NodeConfig& node) { return node.site == site && node.power_management; });
    const int last = 10 * (static_cast<int>(i) + 1);
    if (wanted) result.push_back({.site = site, .address = site_network_address(last)});
  }
  return result;
}

}  // namespace

LabConfig resolve(const Topology& topology, const TimingConfig& timing) {
  LabConfig lab;
  lab.name = topology.name;
  lab.sites = topology.sites;
  lab.nodes = Resolver(topology).nodes();
  lab.links = topology.links;
  lab.storage = storage(topology);
  lab.hosted_engine = hosted_engine(topology, lab.storage);
  lab.vms = guests(topology);
  lab.affinity_groups = topology.affinity_groups;
  lab.fencing_policy = topology.fencing_policy;
  lab.power.controllers = power_controllers(topology);
  lab.timing = timing;
  lab.dead_spm = topology.dead_spm;
  lab.on_error = topology.on_error;
  lab.machine_address = site_network_address(3);
  if (lab.hosted_engine) {
    const std::string& address = lab.hosted_engine->vm.address;
    lab.manager_address = address.substr(0, address.find('/'));
  }
  for (const NodeConfig& node : lab.nodes) {
    if (lab.hosted_engine && lab.hosted_engine->gateway == node.name.str())
      lab.hosted_engine->gateway = node.site_address();
    if (node.role == NodeRole::Manager) lab.manager_address = node.site_address();
    if (node.role != NodeRole::Witness) continue;
    lab.witness_address = node.site_address();
    lab.collector_address = lab.witness_address;  // the collector is the witness node's agent
  }
  // It moves between the nodes, so it is none of theirs.
  if (lab.clustered_manager()) lab.manager_address = clustered_manager_address;
  return lab;
}

Result<LabConfig> load_lab(const std::string& topology_path, const std::string& profile) {
  SPLITSITE_TRY(const Topology topology, load_topology(topology_path));
  const std::string name = profile.empty() ? topology.timing : profile;
  const std::filesystem::path folder = std::filesystem::path(topology_path).parent_path();
  const std::filesystem::path file = folder / ".." / "timing" / (name + ".toml");
  auto timing = load_timing_profile(file.lexically_normal().string());
  if (timing) return resolve(topology, timing.value());
  Error error = timing.error();
  if (error.kind == ErrorKind::Unavailable) {
    error.hint = "a timing profile is a file NAME.toml in that folder";
  }
  return error;
}

}  // namespace splitsite
