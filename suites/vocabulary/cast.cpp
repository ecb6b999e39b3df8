#include "suites/vocabulary/cast.hpp"

namespace splitsite {

Cast cast_of(const LabConfig& config) {
  Cast cast;
  cast.primary = config.site_with(SiteRole::Primary).value_or(SiteId{});
  cast.secondary = config.site_with(SiteRole::Secondary).value_or(SiteId{});
  for (const NodeId& host : config.hosts_of(cast.primary)) cast.primary_hosts.insert(host);
  for (const NodeId& host : config.hosts_of(cast.secondary)) cast.secondary_hosts.insert(host);
  for (const VmConfig& vm : config.vms) {
    cast.all_vms.push_back(vm.name);
    const bool protected_vm = vm.highly_available && vm.lease;
    if (vm.home == cast.primary) {
      (protected_vm ? cast.movers : cast.controls).push_back(vm.name);
    } else if (protected_vm) {
      cast.locals.push_back(vm.name);
    }
  }
  for (const LeaseConfig& lease : config.storage.leases) cast.leases.push_back(lease.name);
  return cast;
}

}  // namespace splitsite
