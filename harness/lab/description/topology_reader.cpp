#include "harness/lab/description/topology_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace splitsite::description {
namespace {

// Names become network device names of at most 15 letters: "s.<site>.<site>" for a link's end,
// "<node>.<card>" for a node's tap on the machine.
constexpr std::size_t longest_site_name = 6;
constexpr std::size_t longest_node_name = 12;

constexpr int most_hosts_of_site = 7;  // addresses .1 … .7 of the site's ten
constexpr int most_memory = 262144;
constexpr int least_host_memory = 512;
constexpr int least_node_memory = 128;
constexpr int least_cluster_memory = 512;  // Corosync, Pacemaker and sbd take 300 MiB

const Words root_keys = {
    "name",           "timing",        "dead_spm", "site",          "host", "storage",
    "manager",        "witness",       "wan",      "link",          "vm",   "affinity_group",
    "storage_domain", "hosted_engine", "on_error", "fencing_policy"};

}  // namespace

bool is_label(const std::string& name, std::size_t longest) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= longest && name.front() >= 'a' && name.front() <= 'z' &&
         name.back() != '-' &&
         std::all_of(name.begin(), name.end(), [&](char c) { return fits(c) || c == '-'; });
}

TopologyReader::TopologyReader(const TomlValue& document)
    : root_(document, "the topology", root_keys, complaints_) {}

Topology TopologyReader::read() {
  topology_.name = root_.text("name");
  if (!is_label(topology_.name, longest_label)) {
    root_.complain("name", fmt::format("name must be small letters, digits and \"-\", at most {}",
                                       longest_label));
  }
  topology_.timing = root_.text("timing");
  if (!is_label(topology_.timing, longest_label)) {
    root_.complain("timing",
                   fmt::format("\"{}\" is no name for a timing profile", topology_.timing),
                   "take \"production\" or \"fast\"");
  }
  const auto dead_spm = root_.word("dead_spm", {"moves", "stuck"});
  topology_.dead_spm = dead_spm == "stuck" ? DeadSpm::Stuck : DeadSpm::Moves;
  read_on_error();
  read_sites();
  read_hosts();
  read_storage_nodes();
  if (root_.has("hosted_engine")) {
    read_hosted_engine();
  } else if (root_.has_list("manager")) {
    read_clustered_managers();
  } else {
    read_single_node(NodeRole::Manager, least_node_memory);
  }
  read_single_node(NodeRole::Witness, least_node_memory);
  read_single_node(NodeRole::Wan, least_node_memory);
  require_nodes_of_sites();
  read_links();
  require_links();
  read_storage_domain();
  read_vms();
  read_affinity_groups();
  read_fencing_policy();
  return std::move(topology_);
}

void TopologyReader::read_on_error() {
  if (!root_.has("on_error")) return;
  const auto word =
      root_.word("on_error", {"migrate", "do_not_migrate", "migrate_highly_available"});
  topology_.on_error = word == "do_not_migrate"             ? OnHostError::DoNotMigrate
                       : word == "migrate_highly_available" ? OnHostError::MigrateHighlyAvailable
                                                            : OnHostError::Migrate;
}

std::string TopologyReader::new_name(StrictTable& table, std::string_view what,
                                     std::size_t longest) {
  const std::string name = table.text("name");
  if (!is_label(name, longest)) {
    table.complain("name", fmt::format("\"{}\" is no name for a {}", name, what),
                   fmt::format("take a small letter, then small letters, digits and \"-\", "
                               "{} in all at most",
                               longest));
  }
  const auto [taken, is_new] = names_.emplace(name, table.place("name"));
  if (!is_new) {
    table.complain(
        "name", fmt::format("the name \"{}\" is taken", name),
        fmt::format("line {} has it; sites, nodes and VMs share their names", taken->second.line));
  }
  return name;
}

Words TopologyReader::site_names() const {
  Words names;
  for (const SiteConfig& site : topology_.sites) names.push_back(site.name.str());
  return names;
}

SiteId TopologyReader::known_site(StrictTable& table, std::string_view key) {
  return site_of(table, key, {SiteRole::Primary, SiteRole::Secondary, SiteRole::Third}, {});
}

SiteId TopologyReader::site_of(StrictTable& table, std::string_view key,
                               const std::set<SiteRole>& roles, const std::string& reason) {
  const SiteId name(table.text(key));
  for (const SiteConfig& site : topology_.sites) {
    if (site.name != name) continue;
    if (roles.count(site.role) == 0) {
      table.complain(key, fmt::format("site \"{}\" is the {} site: {}", name.str(),
                                      to_string(site.role), reason));
    }
    return name;
  }
  table.complain(key, fmt::format("there is no site \"{}\"", name.str()),
                 suggestion(name.str(), site_names()));
  return name;
}

void TopologyReader::read_sites() {
  for (StrictTable& table : root_.tables("site", {"name", "role"})) {
    SiteConfig site;
    site.name = SiteId(new_name(table, "site", longest_site_name));
    site_places_[site.name] = table.place();
    const auto role = table.word("role", {"primary", "secondary", "third"});
    site.role = role == "primary"     ? SiteRole::Primary
                : role == "secondary" ? SiteRole::Secondary
                                      : SiteRole::Third;
    const bool taken =
        std::any_of(topology_.sites.begin(), topology_.sites.end(),
                    [&](const SiteConfig& other) { return other.role == site.role; });
    if (taken) {
      table.complain("role", fmt::format("there are two {} sites", role),
                     "there must be one primary, one secondary and one third site");
    }
    topology_.sites.push_back(site);
  }
  require_every_role();
  std::sort(topology_.sites.begin(), topology_.sites.end(),
            [](const SiteConfig& left, const SiteConfig& right) { return left.role < right.role; });
}

void TopologyReader::require_every_role() {
  for (const SiteRole role : {SiteRole::Primary, SiteRole::Secondary, SiteRole::Third}) {
    const bool found = std::any_of(topology_.sites.begin(), topology_.sites.end(),
                                   [&](const SiteConfig& site) { return site.role == role; });
    if (found) continue;
    root_.complain("site", fmt::format("there is no site with the role {}", to_string(role)),
                   "there must be one primary, one secondary and one third site");
  }
}

void TopologyReader::read_hosts() {
  std::map<int, NodeId> taken;
  const Words keys = {"name",       "site",  "host_id",         "spm_priority",
                      "memory_mib", "vcpus", "power_management"};
  for (StrictTable& table : root_.tables("host", keys)) {
    NodeConfig host{.role = NodeRole::Host};
    host.name = NodeId(new_name(table, "host", longest_node_name));
    host.site = site_of(table, "site", {SiteRole::Primary, SiteRole::Secondary},
                        "it has the witness, and hosts are in the other two");
    host.host_id = table.whole("host_id", 1, 2000);  // a sanlock lockspace has 2000 slots
    const auto [other, is_new] = taken.emplace(host.host_id, host.name);
    if (!is_new) {
      table.complain("host_id",
                     fmt::format("host_id {} is taken by {}", host.host_id, other->second.str()));
    }
    host.spm_priority = table.whole("spm_priority", -1, 10);  // oVirt's range; -1 is never
    host.memory_mib = table.whole("memory_mib", least_host_memory, most_memory, "MiB");
    host.vcpus = table.whole_or("vcpus", 1, 16, 1);
    host.power_management = table.flag_or("power_management", false);
    topology_.nodes.push_back(host);
  }
}

void TopologyReader::read_storage_nodes() {
  for (StrictTable& table : root_.tables("storage", {"name", "site", "memory_mib", "vcpus"})) {
    NodeConfig node{.role = NodeRole::Storage};
    node.name = NodeId(new_name(table, "storage node", longest_node_name));
    node.site = site_of(table, "site", {SiteRole::Primary, SiteRole::Secondary},
                        "storage is replicated between the other two");
    node.memory_mib = table.whole("memory_mib", least_node_memory, most_memory, "MiB");
    node.vcpus = table.whole_or("vcpus", 1, 16, 1);
    topology_.nodes.push_back(node);
  }
}

void TopologyReader::read_single_node(NodeRole role, int least_memory) {
  Words keys = {"name", "memory_mib", "vcpus"};
  if (role != NodeRole::Wan) keys.push_back("site");
  StrictTable table = root_.table(to_string(role), keys);
  NodeConfig node{.role = role};
  node.name = NodeId(new_name(table, "node", longest_node_name));
  if (role == NodeRole::Manager) node.site = known_site(table, "site");
  if (role == NodeRole::Witness) {
    node.site = site_of(table, "site", {SiteRole::Third},
                        "a witness that is lost with a site cannot decide between the two");
  }
  node.memory_mib = table.whole("memory_mib", least_memory, most_memory, "MiB");
  node.vcpus = table.whole_or("vcpus", 1, 16, 1);
  topology_.nodes.push_back(node);
}

// Two nodes for one Manager: an active one and one that waits, each in a site of its own, so that
// whichever site is lost leaves one. The third vote is the witness's.
void TopologyReader::read_clustered_managers() {
  std::map<SiteId, NodeId> taken;
  for (StrictTable& table : root_.tables("manager", {"name", "site", "memory_mib", "vcpus"})) {
    NodeConfig node{.role = NodeRole::Manager};
    node.name = NodeId(new_name(table, "node", longest_node_name));
    node.site = site_of(table, "site", {SiteRole::Primary, SiteRole::Secondary},
                        "it has the third vote, which must not be lost with a Manager");
    const auto [other, is_new] = taken.emplace(node.site, node.name);
    if (!is_new) {
      table.complain("site",
                     fmt::format("site \"{}\" has the Manager {} already", node.site.str(),
                                 other->second.str()),
                     "a clustered Manager has a node in each of the two sites with hosts");
    }
    node.memory_mib = table.whole("memory_mib", least_cluster_memory, most_memory, "MiB");
    node.vcpus = table.whole_or("vcpus", 1, 16, 1);
    topology_.nodes.push_back(node);
  }
  if (taken.size() < 2) {
    root_.complain("manager", "there is one [[manager]]",
                   "a clustered Manager has two, one in each site with hosts; a Manager that is "
                   "not clustered is written [manager]");
  }
}

void TopologyReader::require_nodes_of_sites() {
  for (const SiteConfig& site : topology_.sites) {
    if (site.role == SiteRole::Third) continue;
    const auto count = [&](NodeRole role) {
      return std::count_if(
          topology_.nodes.begin(), topology_.nodes.end(),
          [&](const NodeConfig& node) { return node.role == role && node.site == site.name; });
    };
    const Place place = site_places_[site.name];
    const auto hosts = count(NodeRole::Host);
    if (hosts < 1 || hosts > most_hosts_of_site) {
      complaints_.add(place, fmt::format("site \"{}\" must have 1 … {} hosts, not {}",
                                         site.name.str(), most_hosts_of_site, hosts));
    }
    const auto storage = count(NodeRole::Storage);
    if (storage != 1) {
      complaints_.add(place, fmt::format("site \"{}\" must have one storage node, not {}",
                                         site.name.str(), storage));
    }
  }
}

}  // namespace splitsite::description
