#include "suites/fencing/fencing_cast.hpp"

namespace splitsite {

Result<VmId> unleased_ha_vm(const LabConfig& config) {
  const auto primary = config.site_with(SiteRole::Primary);
  for (const VmConfig& vm : config.vms) {
    if (vm.highly_available && !vm.lease && primary == vm.home) return vm.name;
  }
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "find a highly available VM without a lease",
               .subject = config.name,
               .why = "the topology has none",
               .hint = "take stretch-power-management"};
}

}  // namespace splitsite
