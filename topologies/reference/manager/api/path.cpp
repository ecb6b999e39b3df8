#include "topologies/reference/manager/api/path.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace splitsite::reference {
namespace {

// The services of ovirt-engine-api-model that this Manager serves.
constexpr std::array<Route, 48> routes = {{
    {"", "GET", Place::Root},
    {"hosts", "GET", Place::Reading},
    {"hosts/*", "GET, PUT", Place::Host},
    {"hosts/*/activate", "POST", Place::Action},
    {"hosts/*/deactivate", "POST", Place::Action},
    {"hosts/*/fence", "POST", Place::Action},
    {"hosts/*/forceselectspm", "POST", Place::Action},
    {"hosts/*/refresh", "POST", Place::Action},
    {"vms", "GET", Place::Reading},
    {"vms/*", "GET, PUT", Place::Vm},
    {"vms/*/cancelmigration", "POST", Place::Action},
    {"vms/*/migrate", "POST", Place::Action},
    {"vms/*/reboot", "POST", Place::Action},
    {"vms/*/shutdown", "POST", Place::Action},
    {"vms/*/start", "POST", Place::Action},
    {"vms/*/stop", "POST", Place::Action},
    {"clusters", "GET", Place::Reading},
    {"clusters/*", "GET, PUT", Place::Cluster},
    {"clusters/*/affinitygroups", "GET, POST", Place::Groups},
    {"clusters/*/affinitygroups/*", "GET, PUT, DELETE", Place::Group},
    {"clusters/*/affinitygroups/*/hostlabels", "GET", Place::Reading},
    {"clusters/*/affinitygroups/*/hosts", "GET, POST", Place::Members},
    {"clusters/*/affinitygroups/*/hosts/*", "DELETE", Place::Member},
    {"clusters/*/affinitygroups/*/vmlabels", "GET", Place::Reading},
    {"clusters/*/affinitygroups/*/vms", "GET, POST", Place::Members},
    {"clusters/*/affinitygroups/*/vms/*", "DELETE", Place::Member},
    {"datacenters", "GET", Place::Reading},
    {"datacenters/*", "GET", Place::Reading},
    {"datacenters/*/cleanfinishedtasks", "POST", Place::Action},
    {"datacenters/*/clusters", "GET", Place::Reading},
    {"datacenters/*/clusters/*", "GET", Place::Reading},
    {"datacenters/*/setmaster", "POST", Place::Action},
    {"datacenters/*/storagedomains", "GET", Place::Reading},
    {"datacenters/*/storagedomains/*", "GET", Place::Reading},
    {"storagedomains", "GET", Place::Reading},
    {"storagedomains/*", "GET", Place::Reading},
    {"events", "GET, POST", Place::Events},
    {"events/*", "GET", Place::Reading},
    {"jobs", "GET", Place::Reading},
    {"jobs/*", "GET", Place::Reading},
    {"jobs/*/steps", "GET", Place::Reading},
    {"jobs/*/steps/*", "GET", Place::Reading},
    {"options/*", "GET", Place::Reading},
    {"schedulingpolicies", "GET", Place::Reading},
    {"schedulingpolicies/*", "GET", Place::Reading},
    {"schedulingpolicies/*/clusters", "GET", Place::Reading},
    {"users", "GET", Place::Reading},
    {"users/*", "GET", Place::Reading},
}};

bool fits(const Path& pattern, const Path& path) {
  return std::equal(
      pattern.begin(), pattern.end(), path.begin(), path.end(),
      [](const auto& wanted, const auto& part) { return wanted == "*" || wanted == part; });
}

}  // namespace

Path split_path(std::string_view text) {
  Path parts;
  while (!text.empty()) {
    const auto slash = std::min(text.find('/'), text.size());
    if (slash > 0) parts.emplace_back(text.substr(0, slash));
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  return parts;
}

std::string join_path(const Path& path) {
  std::string text;
  for (const std::string& part : path) text += (text.empty() ? "" : "/") + part;
  return text;
}

const Route* find_route(const Path& path) {
  const auto found = std::find_if(routes.begin(), routes.end(), [&](const Route& each) {
    return fits(split_path(each.pattern), path);
  });
  return found == routes.end() ? nullptr : &*found;
}

}  // namespace splitsite::reference
