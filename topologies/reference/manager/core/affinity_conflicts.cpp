#include "topologies/reference/manager/core/affinity_conflicts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <set>

#include "topologies/reference/manager/core/affinity.hpp"

namespace splitsite::reference {
namespace {

// Who is in a conflict, for the message.
struct Parties {
  std::set<std::string> groups;
  std::set<std::string> hosts;
  std::set<std::string> vms;

  void add(const AffinityGroup& one, const AffinityGroup& other) {
    groups.insert({one.name, other.name});
  }
  std::string text() const {
    return fmt::format("The affinity groups: {}, with hosts: {} and VMs: {}, have",
                       fmt::join(groups, ", "), fmt::join(hosts, ", "), fmt::join(vms, ", "));
  }
};

template <class Name>
std::vector<Name> common(const std::vector<Name>& one, const std::vector<Name>& other) {
  std::vector<Name> both;
  for (const Name& name : one) {
    if (std::find(other.begin(), other.end(), name) != other.end()) both.push_back(name);
  }
  return both;
}

template <class Names>
void insert(std::set<std::string>& into, const Names& names) {
  for (const auto& name : names) into.insert(name.str());
}

using Groups = std::vector<const AffinityGroup*>;

Groups select(const std::vector<AffinityGroup>& groups,
              const std::function<bool(const AffinityGroup&)>& wanted) {
  Groups selected;
  for (const AffinityGroup& group : groups) {
    if (wanted(group)) selected.push_back(&group);
  }
  return selected;
}

bool has_hosts_rule(const AffinityGroup& group) {
  return group.hosts_rule.enabled && !group.hosts.empty();
}

// The same VM wants and avoids the same host: refused when both rules are enforcing.
Parties wanted_and_avoided(const std::vector<AffinityGroup>& groups, bool enforcing_only) {
  const Groups ruled = select(groups, [&](const AffinityGroup& group) {
    return has_hosts_rule(group) && (group.hosts_rule.enforcing || !enforcing_only);
  });
  Parties parties;
  for (const AffinityGroup* negative : ruled) {
    for (const AffinityGroup* positive : ruled) {
      if (negative->hosts_rule.positive || !positive->hosts_rule.positive) continue;
      const auto vms = common(negative->vms, positive->vms);
      const auto hosts = common(negative->hosts, positive->hosts);
      if (vms.empty() || hosts.empty()) continue;
      parties.add(*negative, *positive);
      insert(parties.vms, vms);
      insert(parties.hosts, hosts);
    }
  }
  return parties;
}

std::vector<VmId> members(const AffinityGroup& group, const std::set<VmId>& of) {
  std::vector<VmId> names;
  for (const VmId& vm : group.vms) {
    if (of.count(vm) != 0) names.push_back(vm);
  }
  return names;
}

// VMs that belong together, of which one wants a host that another avoids.
void add_drawn_apart(const std::set<VmId>& together, const Groups& ruled, Parties& parties) {
  for (const AffinityGroup* one : ruled) {
    for (const AffinityGroup* other : ruled) {
      if (one->hosts_rule.positive == other->hosts_rule.positive) continue;
      const auto hosts = common(one->hosts, other->hosts);
      const auto first = members(*one, together);
      const auto second = members(*other, together);
      const bool same_vm = first.size() == 1 && first == second;
      if (hosts.empty() || first.empty() || second.empty() || same_vm) continue;
      parties.add(*one, *other);
      insert(parties.hosts, hosts);
      insert(parties.vms, first);
      insert(parties.vms, second);
    }
  }
}

Parties together_but_drawn_apart(const std::vector<AffinityGroup>& groups) {
  Parties parties;
  for (const std::set<VmId>& together :
       unified_positive_groups(select(groups, [](const AffinityGroup&) { return true; }))) {
    add_drawn_apart(together, select(groups, has_hosts_rule), parties);
  }
  return parties;
}

// Two VMs that keep apart, each drawn to the same host by a group of its own.
void add_drawn_together(const AffinityGroup& apart, const Groups& positive, Parties& parties) {
  for (const AffinityGroup* one : positive) {
    for (const AffinityGroup* other : positive) {
      const auto hosts = common(one->hosts, other->hosts);
      const auto first = common(apart.vms, one->vms);
      auto second = common(apart.vms, other->vms);
      std::erase_if(second, [&](const VmId& vm) { return has_vm(*one, vm); });
      if (hosts.empty() || first.empty() || second.empty()) continue;
      parties.add(*one, *other);
      parties.groups.insert(apart.name);
      insert(parties.hosts, hosts);
      insert(parties.vms, first);
      insert(parties.vms, second);
    }
  }
}

Parties apart_but_drawn_together(const std::vector<AffinityGroup>& groups) {
  const auto positive = select(groups, [](const AffinityGroup& group) {
    return has_hosts_rule(group) && group.hosts_rule.positive;
  });
  Parties parties;
  for (const AffinityGroup& group : groups) {
    const bool apart = group.vms_rule.enabled && !group.vms_rule.positive;
    if (apart) add_drawn_together(group, positive, parties);
  }
  return parties;
}

// A VM drawn to two sets of hosts that are not the same.
Parties different_hosts(const std::vector<AffinityGroup>& groups) {
  const Groups positive = select(groups, [](const AffinityGroup& group) {
    return has_hosts_rule(group) && group.hosts_rule.positive;
  });
  Parties parties;
  for (const AffinityGroup* one : positive) {
    for (const AffinityGroup* other : positive) {
      const auto vms = common(one->vms, other->vms);
      const auto hosts = common(one->hosts, other->hosts);
      if (vms.empty() || hosts.size() == one->hosts.size()) continue;
      parties.add(*one, *other);
      insert(parties.vms, vms);
      for (const NodeId& host : one->hosts) {
        if (!has_host(*other, host)) parties.hosts.insert(host.str());
      }
    }
  }
  return parties;
}

// VMs that must be together and keep apart: refused, soft or not.
void add_collisions(const std::vector<AffinityGroup>& groups,
                    std::vector<AffinityConflict>& conflicts) {
  const Groups all = select(groups, [](const AffinityGroup&) { return true; });
  for (const AffinityGroup& apart : groups) {
    if (!apart.vms_rule.enabled || apart.vms_rule.positive) continue;
    for (const std::set<VmId>& together : unified_positive_groups(all)) {
      std::set<std::string> both;
      for (const VmId& vm : apart.vms) {
        if (together.count(vm) != 0) both.insert(vm.str());
      }
      if (both.size() < 2) continue;
      std::set<std::string> unified;
      insert(unified, together);
      conflicts.push_back(
          {.code = 10361,
           .text = fmt::format("Affinity Group collision detected in unified affinity group of "
                               "VMs: {} and negative affinity group: {} with VMs: {}",
                               fmt::join(unified, ", "), apart.name, fmt::join(both, ", ")),
           .refused = true});
    }
  }
}

}  // namespace

std::vector<AffinityConflict> affinity_conflicts(const std::vector<AffinityGroup>& groups) {
  std::vector<AffinityConflict> conflicts;
  const auto add = [&](int code, const Parties& parties, const std::string& what, bool refused) {
    if (parties.groups.empty()) return;
    conflicts.push_back({.code = code, .text = parties.text() + " " + what, .refused = refused});
  };
  add(10356, wanted_and_avoided(groups, true),
      "VM to host conflicts between positive and negative enforcing affinity groups.", true);
  add(10357, wanted_and_avoided(groups, false),
      "VM to host conflicts between positive and negative affinity groups.", false);
  add(10358, together_but_drawn_apart(groups),
      "conflicts between VM to host affinity and VM to VM positive affinity.", false);
  add(10359, apart_but_drawn_together(groups),
      "conflicts between VM to host affinity and VM to VM negative affinity.", false);
  add(10360, different_hosts(groups), "non intersecting positive hosts conflicts.", false);
  add_collisions(groups, conflicts);
  return conflicts;
}

}  // namespace splitsite::reference
