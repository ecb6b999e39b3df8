#include "harness/lab/description/describe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace splitsite {
namespace {

double seconds(TimingConfig::ms time) { return static_cast<double>(time.count()) / 1000; }

std::string node_line(const NodeConfig& node) {
  std::string line = fmt::format("  {:<13}{:<10}{:<13}{:>5} MiB", node.name, to_string(node.role),
                                 node.site_address(), node.memory_mib);
  if (node.role == NodeRole::Host) {
    line += fmt::format("  host id {}, SPM priority {}", node.host_id, node.spm_priority);
  }
  return line + "\n";
}

std::string site_text(const LabConfig& lab, const SiteConfig& site) {
  std::string text = fmt::format("site {} ({})\n", site.name, to_string(site.role));
  for (const NodeConfig& node : lab.nodes) {
    if (node.site == site.name) text += node_line(node);
  }
  return text;
}

std::string links_text(const LabConfig& lab) {
  std::string text = "between the sites\n";
  for (const NodeConfig& node : lab.nodes) {
    if (node.site.empty()) text += node_line(node);
  }
  for (const LinkConfig& link : lab.links) {
    const std::string name = fmt::format(
        "{}:{}-{}", link.kind == LinkKind::Site ? "site" : "replication", link.first, link.second);
    text += fmt::format("  {:<23}{}", name, describe(link.first_to_second));
    text += link.first_to_second == link.second_to_first
                ? " each way\n"
                : fmt::format(", back {}\n", describe(link.second_to_first));
  }
  return text;
}

// "primary-site, should be there", "pair, must keep apart"
std::string rules_text(const AffinityGroupConfig& group) {
  std::string text = group.name;
  if (!group.hosts.empty()) {
    text += fmt::format(", {} {}", group.enforcing ? "must" : "should",
                        group.positive ? "be there" : "keep away");
  }
  if (group.vms_rule != VmsRule::None) {
    text += fmt::format(", {} keep {}", group.vms_enforcing ? "must" : "should",
                        group.vms_rule == VmsRule::Positive ? "together" : "apart");
  }
  return text;
}

std::string affinity_text(const LabConfig& lab, const VmConfig& vm) {
  std::vector<std::string> rules;
  for (const AffinityGroupConfig& group : lab.affinity_groups) {
    if (std::find(group.vms.begin(), group.vms.end(), vm.name) == group.vms.end()) continue;
    rules.push_back(rules_text(group));
  }
  if (vm.migration != MigrationMode::Migratable) rules.emplace_back(to_string(vm.migration));
  return rules.empty() ? "no affinity" : fmt::format("{}", fmt::join(rules, "; "));
}

std::string vms_text(const LabConfig& lab) {
  std::string text = "VMs\n";
  for (const VmConfig& vm : lab.vms) {
    const std::string_view failover = vm.lease              ? "HA, lease"
                                      : vm.highly_available ? "HA, no lease"
                                                            : "no HA, no lease";
    text +=
        fmt::format("  {:<13}{:<8}{:<15}{:<17}{}\n", vm.name, "home " + vm.home.str(),
                    vm.address.substr(0, vm.address.find('/')), failover, affinity_text(lab, vm));
  }
  return text;
}

std::string storage_text(const LabConfig& lab) {
  return fmt::format("storage domain {}\n  one LUN of {} MiB, replicated: {} leases, {} volumes\n",
                     lab.storage.domain, lab.storage.lun_size / (1024 * 1024),
                     lab.storage.leases.size(), lab.storage.volumes.size());
}

std::string timing_text(const LabConfig& lab) {
  const TimingConfig& timing = lab.timing;
  return fmt::format(
      "timing profile {}\n"
      "  sanlock: lease lost after {} s, host dead after {} s (I/O timeout {} s)\n"
      "  Manager: looks every {} s, NonResponsive after {} s and {} attempts\n"
      "  SPM of a dead host: {}\n",
      timing.profile, seconds(timing.lease_lost_after()), seconds(timing.host_dead_after()),
      seconds(timing.sanlock_io_timeout), seconds(timing.vds_refresh_rate),
      seconds(timing.timeout_to_reset_vds), timing.vds_attempts_to_reset_count,
      to_string(lab.dead_spm));
}

}  // namespace

std::string describe(const LabConfig& lab) {
  const int memory =
      std::accumulate(lab.nodes.begin(), lab.nodes.end(), 0,
                      [](int sum, const NodeConfig& node) { return sum + node.memory_mib; });
  std::string text =
      fmt::format("lab {}: {} nodes, at most {} MiB\n\n", lab.name, lab.nodes.size(), memory);
  for (const SiteConfig& site : lab.sites) text += site_text(lab, site);
  return text + links_text(lab) + storage_text(lab) + vms_text(lab) + timing_text(lab);
}

}  // namespace splitsite
