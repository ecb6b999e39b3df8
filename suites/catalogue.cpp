#include <algorithm>

#include "suites/acceptance/primary_site_isolated.hpp"
#include "suites/acceptance/primary_site_lost.hpp"
#include "suites/latency/inter_site_latency.hpp"
#include "suites/negative/start_without_lease.hpp"
#include "suites/scenario.hpp"

namespace splitsite {

const std::vector<Scenario>& catalogue() {
  static const std::vector<Scenario> all = {primary_site_lost(), primary_site_isolated(),
                                            inter_site_latency(), start_without_lease()};
  return all;
}

const Scenario* find_scenario(const std::string& name) {
  const auto it = std::find_if(catalogue().begin(), catalogue().end(), [&](const Scenario& s) {
    return s.name == name || s.suite == name;
  });
  return it != catalogue().end() ? &*it : nullptr;
}

}  // namespace splitsite
