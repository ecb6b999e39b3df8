// The second half of the reader: what lies between the sites and what runs in them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harness/lab/description/topology_reader.hpp"

namespace splitsite::description {
namespace {

constexpr std::size_t longest_vm_name = 24;  // "vol-<vm>" is a device, "<vm>" a lease
constexpr std::size_t most_vms = 60;         // leases lie in the LUN's first 64 MiB

MigrationMode migration_mode(StrictTable& vm) {
  if (!vm.has("migration")) return MigrationMode::Migratable;
  const auto word = vm.word("migration", {"migratable", "user_migratable", "pinned"});
  if (word == "pinned") return MigrationMode::Pinned;
  return word == "user_migratable" ? MigrationMode::UserMigratable : MigrationMode::Migratable;
}

Duration milliseconds_of(double ms) { return std::chrono::microseconds(std::llround(ms * 1000)); }

}  // namespace

void TopologyReader::read_links() {
  const Words keys = {"kind", "between", "latency_ms", "jitter_ms", "loss_percent"};
  for (StrictTable& table : root_.tables("link", keys)) {
    const LinkConfig link = read_link(table);
    if (has_link(link.kind, link.first, link.second)) {
      table.complain("between",
                     fmt::format("there are two links between \"{}\" and \"{}\" of this kind",
                                 link.first.str(), link.second.str()));
    }
    topology_.links.push_back(link);
  }
}

LinkConfig TopologyReader::read_link(StrictTable& table) {
  LinkConfig link;
  const bool is_site = table.word("kind", {"site", "replication"}) == "site";
  link.kind = is_site ? LinkKind::Site : LinkKind::Replication;
  const auto ends = table.texts("between");
  if (ends.size() != 2 || ends[0] == ends[1]) {
    table.complain("between", "between must name two different sites");
    return link;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const SiteId name(ends[i]);
    const auto known = std::find_if(topology_.sites.begin(), topology_.sites.end(),
                                    [&](const SiteConfig& site) { return site.name == name; });
    if (known == topology_.sites.end()) {
      complaints_.add(table.place("between", i), fmt::format("there is no site \"{}\"", ends[i]),
                      suggestion(ends[i], site_names()));
    } else if (!is_site && known->role == SiteRole::Third) {
      complaints_.add(table.place("between", i),
                      fmt::format("site \"{}\" is the third site: storage is replicated between "
                                  "the other two",
                                  ends[i]));
    }
    (i == 0 ? link.first : link.second) = name;
  }
  // A link has one name whichever way round it is written: both directions are alike here.
  if (role_of(link.second) < role_of(link.first)) std::swap(link.first, link.second);
  link.first_to_second = link.second_to_first = impairment(table);
  return link;
}

SiteRole TopologyReader::role_of(const SiteId& name) const {
  for (const SiteConfig& site : topology_.sites) {
    if (site.name == name) return site.role;
  }
  return SiteRole::Third;
}

Impairment TopologyReader::impairment(StrictTable& link) {
  Impairment result;
  const double latency = link.number("latency_ms", 0, 10000, "ms one way");
  const double jitter = link.number_or("jitter_ms", 0, 10000, 0, "ms");
  if (jitter > latency) {
    link.complain("jitter_ms",
                  "jitter_ms must not be above latency_ms: no packet arrives before "
                  "it is sent");
  }
  result.delay = milliseconds_of(latency);
  result.jitter = milliseconds_of(jitter);
  result.loss_percent = link.number_or("loss_percent", 0, 100, 0, "%");
  return result;
}

bool TopologyReader::has_link(LinkKind kind, const SiteId& one, const SiteId& other) const {
  return std::any_of(topology_.links.begin(), topology_.links.end(), [&](const LinkConfig& link) {
    return link.kind == kind && ((link.first == one && link.second == other) ||
                                 (link.first == other && link.second == one));
  });
}

void TopologyReader::require_links() {
  const auto require = [&](LinkKind kind, const SiteConfig& one, const SiteConfig& other) {
    if (has_link(kind, one.name, other.name)) return;
    root_.complain("link", fmt::format("there is no {} link between \"{}\" and \"{}\"",
                                       kind == LinkKind::Site ? "site" : "replication",
                                       one.name.str(), other.name.str()));
  };
  const auto& sites = topology_.sites;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    for (std::size_t j = i + 1; j < sites.size(); ++j) require(LinkKind::Site, sites[i], sites[j]);
  }
  if (sites.size() >= 2) require(LinkKind::Replication, sites[0], sites[1]);
}

void TopologyReader::read_storage_domain() {
  StrictTable table = root_.table("storage_domain", {"name", "volume_mib"});
  topology_.storage_domain = table.text("name");
  if (!is_label(topology_.storage_domain, longest_label)) {
    table.complain("name",
                   fmt::format("\"{}\" is no name for a storage domain", topology_.storage_domain),
                   fmt::format("it names sanlock's lockspace: small letters, digits and \"-\", {} "
                               "in all at most",
                               longest_label));
  }
  topology_.volume_mib = table.whole_or("volume_mib", 4, 4096, 64, "MiB");
}

namespace {

// Fact sheet 2.5: absent means oVirt's default; an HA VM with a lease is killed and cannot be set
// to anything else.
ResumeBehaviour resume_behaviour_of(StrictTable& table, const VmConfig& vm) {
  constexpr const char* key = "storage_error_resume_behaviour";
  const bool forced = vm.highly_available && vm.lease;
  if (!table.has(key)) return forced ? ResumeBehaviour::Kill : ResumeBehaviour::AutoResume;
  const auto word = table.word(key, {"auto_resume", "leave_paused", "kill"});
  if (forced && word != "kill") {
    table.complain(key,
                   fmt::format("{} is highly available with a lease, so oVirt kills it", vm.name),
                   "say \"kill\", or leave it out");
  }
  if (word == "kill") return ResumeBehaviour::Kill;
  return word == "leave_paused" ? ResumeBehaviour::LeavePaused : ResumeBehaviour::AutoResume;
}

}  // namespace

void TopologyReader::read_vms() {
  const Words keys = {"name",
                      "home",
                      "lease",
                      "highly_available",
                      "priority",
                      "storage_error_resume_behaviour",
                      "memory_mib",
                      "migration",
                      "write_interval_ms"};
  for (StrictTable& table : root_.tables("vm", keys)) {
    VmConfig vm;
    vm.name = VmId(new_name(table, "VM", longest_vm_name));
    vm.home = site_of(table, "home", {SiteRole::Primary, SiteRole::Secondary},
                      "it has no hosts to run a VM");
    vm.highly_available = table.flag("highly_available");
    vm.lease = table.flag("lease");
    if (vm.lease && !vm.highly_available) {
      table.complain("lease",
                     fmt::format("{} has a lease but is not highly available, which oVirt refuses",
                                 vm.name.str()),
                     "set highly_available = true, or lease = false");
    }
    vm.priority = table.whole_or("priority", 0, 100, 1);
    vm.memory_mib = table.whole_or("memory_mib", 48, 4096, 96, "MiB");
    vm.write_interval =
        std::chrono::milliseconds(table.whole_or("write_interval_ms", 200, 1000, 200, "ms"));
    vm.migration = migration_mode(table);
    vm.storage_error_resume_behaviour = resume_behaviour_of(table, vm);
    topology_.vms.push_back(vm);
  }
  if (topology_.vms.size() > most_vms) {
    root_.complain("vm",
                   fmt::format("there are {} VMs; {} is the most", topology_.vms.size(), most_vms));
  }
}

// The Manager is a guest of the hosts, so it has no node: one of the two, not both.
void TopologyReader::read_hosted_engine() {
  if (root_.has("manager")) {
    root_.complain("manager", "there is a [manager] and a [hosted_engine]",
                   "the Manager has a node of its own or is a guest of the hosts: take one away");
  }
  StrictTable table = root_.table(
      "hosted_engine", {"home", "hosts", "memory_mib", "vcpus", "volume_mib", "gateway"});
  HostedEngineConfig engine;
  engine.vm.name = VmId(hosted_engine_vm);
  engine.vm.lease = true;
  engine.vm.home = site_of(table, "home", {SiteRole::Primary, SiteRole::Secondary},
                           "it has no hosts to run the engine VM");
  engine.vm.memory_mib = table.whole("memory_mib", 96, 16384, "MiB");
  engine.vcpus = table.whole_or("vcpus", 1, 16, 1);
  engine.volume_size = static_cast<std::uint64_t>(table.whole_or("volume_mib", 16, 4096, 64, "MiB"))
                       << 20;
  engine.gateway = table.text_or("gateway", "");
  Words hosts;
  bool gateway_known = engine.gateway.empty();
  for (const NodeConfig& node : topology_.nodes) {
    if (node.role == NodeRole::Host) hosts.push_back(node.name.str());
    if (node.role != NodeRole::Wan && node.name.str() == engine.gateway) gateway_known = true;
  }
  if (!gateway_known)
    table.complain("gateway", fmt::format("there is no node \"{}\" to ping", engine.gateway));
  for (auto& host : members(table, "hosts", hosts, "host")) engine.hosts.emplace_back(host);
  topology_.hosted_engine = engine;
}

void TopologyReader::read_affinity_groups() {
  Words vms;
  Words hosts;
  for (const VmConfig& vm : topology_.vms) vms.push_back(vm.name.str());
  for (const NodeConfig& node : topology_.nodes) {
    if (node.role == NodeRole::Host) hosts.push_back(node.name.str());
  }
  std::set<std::string> names;
  const Words keys = {"name",     "vms",      "hosts",         "enforcing",
                      "positive", "vms_rule", "vms_enforcing", "priority"};
  for (StrictTable& table : root_.tables("affinity_group", keys)) {
    AffinityGroupConfig group;
    group.name = table.text("name");
    if (!names.insert(group.name).second) {
      table.complain("name", fmt::format("there are two affinity groups \"{}\"", group.name));
    }
    for (auto& vm : members(table, "vms", vms, "VM")) group.vms.emplace_back(std::move(vm));
    read_vms_rule(table, group);
    read_hosts_rule(table, hosts, group);
    group.priority = table.number_or("priority", 0, 1000, 1);
    topology_.affinity_groups.push_back(group);
  }
}

// A group needs one rule at least: to hosts, or between its VMs.
void TopologyReader::read_hosts_rule(StrictTable& table, const Words& hosts,
                                     AffinityGroupConfig& group) {
  if (!table.has("hosts") && group.vms_rule != VmsRule::None) {
    for (const char* key : {"enforcing", "positive"}) {
      if (!table.has(key)) continue;
      table.complain(key, fmt::format("{} is about hosts, and the group names none", key),
                     "name hosts, or say vms_enforcing for the rule between VMs");
    }
    return;
  }
  group.enforcing = table.flag("enforcing");
  group.positive = table.flag("positive");
  for (auto& host : members(table, "hosts", hosts, "host")) {
    group.hosts.emplace_back(std::move(host));
  }
}

void TopologyReader::read_vms_rule(StrictTable& table, AffinityGroupConfig& group) {
  if (table.has("vms_rule")) {
    const auto word = table.word("vms_rule", {"none", "positive", "negative"});
    group.vms_rule = word == "positive"   ? VmsRule::Positive
                     : word == "negative" ? VmsRule::Negative
                                          : VmsRule::None;
  }
  if (group.vms_rule != VmsRule::None) {
    group.vms_enforcing = table.flag("vms_enforcing");
    if (group.vms.size() < 2) {
      table.complain("vms", "a rule between VMs needs two of them at least");
    }
  } else if (table.has("vms_enforcing")) {
    table.complain("vms_enforcing", "vms_enforcing is about a rule between VMs, which there is not",
                   "say vms_rule = \"positive\" or \"negative\"");
  }
}

void TopologyReader::read_fencing_policy() {
  if (!root_.has("fencing_policy")) return;
  StrictTable table = root_.table(
      "fencing_policy",
      {"enabled", "skip_if_sd_active", "skip_if_connectivity_broken", "connectivity_threshold"});
  FencingPolicyConfig& policy = topology_.fencing_policy;
  policy.enabled = table.flag_or("enabled", policy.enabled);
  policy.skip_if_sd_active = table.flag_or("skip_if_sd_active", policy.skip_if_sd_active);
  policy.skip_if_connectivity_broken =
      table.flag_or("skip_if_connectivity_broken", policy.skip_if_connectivity_broken);
  policy.connectivity_threshold =
      table.whole_or("connectivity_threshold", 0, 100, policy.connectivity_threshold, "%");
}

std::vector<std::string> TopologyReader::members(StrictTable& group, std::string_view key,
                                                 const Words& known, std::string_view what) {
  std::vector<std::string> names = group.texts(key);
  if (names.empty()) group.complain(key, fmt::format("{} must name at least one {}", key, what));
  std::set<std::string> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::find(known.begin(), known.end(), names[i]) == known.end()) {
      complaints_.add(group.place(key, i), fmt::format("there is no {} \"{}\"", what, names[i]),
                      suggestion(names[i], known));
    }
    if (!seen.insert(names[i]).second) {
      complaints_.add(group.place(key, i), fmt::format("{} is named twice", names[i]));
    }
  }
  return names;
}

}  // namespace splitsite::description
