#include "topologies/reference/manager/benchmark/large_lab.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace splitsite::reference {

LabConfig large_lab() {
  LabConfig lab{.name = "large"};
  lab.storage.domain = "data";
  AffinityGroupConfig groups[2];
  for (int site = 0; site < 2; ++site) {
    const std::string letter(1, "ab"[site]);
    groups[site].name = "site-" + letter;
    for (int i = 1; i <= 4; ++i) {
      NodeConfig node{.name = NodeId("host-" + letter + std::to_string(i)),
                      .role = NodeRole::Host,
                      .site = SiteId(letter)};
      node.host_id = 4 * site + i;
      node.spm_priority = site == 0 ? 10 : 5;
      groups[site].hosts.push_back(node.name);
      lab.nodes.push_back(std::move(node));
    }
    for (int i = 1; i <= 20; ++i) {
      VmConfig vm{.name = VmId("vm-" + std::to_string(20 * site + i)), .home = SiteId(letter)};
      vm.highly_available = vm.lease = true;
      groups[site].vms.push_back(vm.name);
      lab.vms.push_back(std::move(vm));
    }
    lab.affinity_groups.push_back(groups[site]);
  }
  return lab;
}

bool report(const Figure& figure) {
  const bool met = figure.at_least ? figure.figure >= figure.bar : figure.figure <= figure.bar;
  fmt::print("{}: {:.3g} {} (bar: {} {:.3g}) {}\n", figure.name, figure.figure, figure.unit,
             figure.at_least ? "at least" : "at most", figure.bar, met ? "met" : "MISSED");
  std::fflush(stdout);
  return met;
}

}  // namespace splitsite::reference
