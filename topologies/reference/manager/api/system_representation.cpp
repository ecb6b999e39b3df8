// The API's root, its users and the configuration values it gives away.
#include <algorithm>
#include <array>

#include "topologies/reference/manager/api/document.hpp"
#include "topologies/reference/manager/api/elements.hpp"
#include "topologies/reference/manager/api/object_id.hpp"
#include "topologies/reference/manager/api/representation.hpp"

namespace splitsite::reference {
namespace {

constexpr const char* administrator = "admin@internal-authz";
constexpr const char* nobody = "00000000-0000-0000-0000-000000000000";

// Those of ConfigValues with ClientAccessLevel Admin or User that a client of this cluster may look
// for; values of 0000_config.sql. Timers are internal there and are not told (fact 7.10).
struct Option {
  std::string_view name;
  std::string_view value;
};
constexpr std::array<Option, 15> options = {{{"ApplicationMode", "255"},
                                             {"CriticalSpaceActionBlocker", "5"},
                                             {"DefaultMTU", "1500"},
                                             {"DefaultMaximumMigrationDowntime", "0"},
                                             {"FenceProxyDefaultPreferences", "cluster,dc"},
                                             {"MaxVdsMemOverCommit", "200"},
                                             {"MaxVmNameLength", "64"},
                                             {"SchedulerAllowOverBooking", "false"},
                                             {"SchedulerOverBookingThreshold", "10"},
                                             {"SearchResultsLimit", "100"},
                                             {"SpeedOptimizationSchedulingThreshold", "10"},
                                             {"SupportedClusterLevels", "4.7"},
                                             {"UserSessionTimeOutInterval", "30"},
                                             {"VmPriorityMaxValue", "100"},
                                             {"WarningLowSpaceIndicator", "10"}}};

void show_total(pugi::xml_node summary, const char* name, long long total, long long active) {
  pugi::xml_node node = summary.append_child(name);
  put_number(node, "active", active);
  put_number(node, "total", total);
}

void show_summary(pugi::xml_node api, const ClusterState& state) {
  const auto up = std::count_if(state.hosts.begin(), state.hosts.end(), [](const auto& each) {
    return each.second.status == HostStatus::Up;
  });
  const auto running = std::count_if(state.vms.begin(), state.vms.end(), [](const auto& each) {
    return each.second.status != VmStatus::Down;
  });
  pugi::xml_node summary = api.append_child("summary");
  show_total(summary, "hosts", static_cast<long long>(state.hosts.size()), up);
  show_total(summary, "storage_domains", 1,
             state.pool.master_domain == StorageDomainStatus::Active ? 1 : 0);
  show_total(summary, "users", 1, 1);
  show_total(summary, "vms", static_cast<long long>(state.vms.size()), running);
}

void show_product(pugi::xml_node api) {
  pugi::xml_node product = api.append_child("product_info");
  put_text(product, "name", "oVirt Engine");
  put_text(product, "vendor", "splitsite reference Manager");
  pugi::xml_node version = product.append_child("version");
  put_number(version, "build", 0);
  put_text(version, "full_version", "4.5.0-splitsite");
  put_number(version, "major", 4);
  put_number(version, "minor", 5);
  put_number(version, "revision", 0);
}

}  // namespace

pugi::xml_node show_api(pugi::xml_node parent, const Shown& shown) {
  pugi::xml_node api = parent.append_child("api");
  for (const char* rel : {"clusters", "datacenters", "events", "hosts", "jobs", "options",
                          "schedulingpolicies", "storagedomains", "users", "vms"}) {
    put_link(api, std::string(api_root), rel);
  }
  for (const std::string rel :
       {"clusters", "datacenters", "events", "hosts", "jobs", "storagedomains", "users", "vms"}) {
    pugi::xml_node search = api.append_child("link");
    search.append_attribute("href") =
        (std::string(api_root) + "/" + rel + "?search={query}").c_str();
    search.append_attribute("rel") = (rel + "/search").c_str();
  }
  show_product(api);
  pugi::xml_node special = api.append_child("special_objects");
  put_reference(special, "blank_template", "templates", nobody);
  put_reference(special, "root_tag", "tags", nobody);
  if (!shown.filtered) show_summary(api, shown.state);
  put_text(api, "time", format_time(shown.time.wall));
  const std::string user = object_id("user", administrator);
  put_reference(api, "authenticated_user", "users", user);
  put_reference(api, "effective_user", "users", user);
  return api;
}

pugi::xml_node show_users(pugi::xml_node parent) {
  pugi::xml_node list = parent.append_child("users");
  pugi::xml_node user = put_reference(list, "user", "users", object_id("user", administrator));
  put_text(user, "name", "admin");
  put_text(user, "namespace", "*");
  put_text(user, "principal", "admin");
  put_text(user, "user_name", administrator);
  return list;
}

pugi::xml_node show_option(pugi::xml_node parent, const std::string& name) {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const Option& each) { return each.name == name; });
  if (found == options.end()) return {};
  pugi::xml_node option = put_reference(parent, "system_option", "options", name);
  put_text(option, "name", name);
  pugi::xml_node value = option.append_child("values").append_child("system_option_value");
  put_text(value, "value", found->value);
  put_text(value, "version", "general");
  return option;
}

}  // namespace splitsite::reference
