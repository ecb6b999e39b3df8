#include <algorithm>
#include <map>

#include "suites/acceptance/primary_site_isolated.hpp"
#include "suites/acceptance/primary_site_lost.hpp"
#include "suites/faults/each_fault.hpp"
#include "suites/fencing/hung_host_fenced.hpp"
#include "suites/fencing/lost_site_unfenced.hpp"
#include "suites/latency/inter_site_latency.hpp"
#include "suites/negative/manager_in_primary_lost.hpp"
#include "suites/negative/start_without_lease.hpp"
#include "suites/scenario.hpp"

namespace splitsite {

const std::vector<Scenario>& catalogue() {
  static const std::vector<Scenario> all = {
      primary_site_lost(),   primary_site_isolated(),   inter_site_latency(),
      start_without_lease(), manager_in_primary_lost(), primary_site_lost_with_manager(),
      engine_site_lost(),    hung_host_fenced(),        lost_site_unfenced(),
      each_fault()};
  return all;
}

namespace {

// "faults-link": the suite "faults", of the faults whose names begin with "link" only.
const Scenario* faults_beginning_with(const std::string& name) {
  static std::map<std::string, Scenario> made;
  const std::string family = "faults-";
  if (name.rfind(family, 0) != 0) return nullptr;
  const std::string prefix = name.substr(family.size());
  if (prefix.empty() || !any_fault_begins_with(prefix)) return nullptr;
  return &made.try_emplace(name, each_fault(prefix)).first->second;
}

}  // namespace

const Scenario* find_scenario(const std::string& name) {
  const auto it = std::find_if(catalogue().begin(), catalogue().end(), [&](const Scenario& s) {
    return s.name == name || s.suite == name;
  });
  return it != catalogue().end() ? &*it : faults_beginning_with(name);
}

}  // namespace splitsite
