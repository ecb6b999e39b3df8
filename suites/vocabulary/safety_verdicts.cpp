#include "suites/vocabulary/safety_verdicts.hpp"

#include "harness/verdict/safety.hpp"

namespace splitsite {

const VmId& engine_vm() {
  static const VmId name(hosted_engine_vm);
  return name;
}

Verdicts safety_verdicts(const Events& events, const LabConfig& config, const Cast& cast) {
  std::vector<VmId> copies = cast.all_vms;
  std::vector<std::string> leases = cast.leases;
  if (config.hosted_engine) {
    copies.push_back(engine_vm());
    leases.emplace_back(hosted_engine_vm);
  }
  return {assumptions(events, cast.all_vms), single_copy(events, copies),
          single_lease_holder(events, leases), one_writable_half(events),
          no_lost_write(events, cast.all_vms)};
}

}  // namespace splitsite
