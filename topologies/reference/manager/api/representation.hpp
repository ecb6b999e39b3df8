// What the API shows of the Manager's state: oVirt's elements in oVirt's shapes. Each function
// appends one whole collection to `parent`; single objects are picked out of it (library.hpp).
#pragma once

#include <pugixml.hpp>
#include <string>

#include "topologies/reference/manager/core/state.hpp"
#include "topologies/reference/manager/core/time_base.hpp"

namespace splitsite::reference {

// What is shown, and to whom.
struct Shown {
  const ClusterState& state;
  TimeBase time;
  bool all_content = false;  // All-Content: with what is dear to find out (hosted_engine)
  bool filtered = false;     // Filter: true: as a plain user, who sees no summary
};

pugi::xml_node show_api(pugi::xml_node parent, const Shown& shown);
pugi::xml_node show_hosts(pugi::xml_node parent, const Shown& shown);
pugi::xml_node show_vms(pugi::xml_node parent, const Shown& shown);
pugi::xml_node show_clusters(pugi::xml_node parent, const Shown& shown);
pugi::xml_node show_scheduling_policies(pugi::xml_node parent);
pugi::xml_node show_data_centers(pugi::xml_node parent, const Shown& shown);
// Attached: below its data center, with status. Otherwise the top-level collection, which in oVirt
// shows no status of an attached domain (fact 7.8).
pugi::xml_node show_storage_domains(pugi::xml_node parent, const Shown& shown, bool attached);
pugi::xml_node show_affinity_groups(pugi::xml_node parent, const Shown& shown);
// A group's members; `named` as in its sub-collections, without names as within the group.
pugi::xml_node show_members(pugi::xml_node parent, const AffinityGroup& group, bool hosts,
                            bool named);
// Newest first, as oVirt lists them.
pugi::xml_node show_events(pugi::xml_node parent, const Shown& shown);
pugi::xml_node show_jobs(pugi::xml_node parent, const Shown& shown);
pugi::xml_node show_steps(pugi::xml_node parent, const Shown& shown, const Job& job);
pugi::xml_node show_users(pugi::xml_node parent);
// A configuration value that administrators may read (fact 7.10); nothing for all others.
pugi::xml_node show_option(pugi::xml_node parent, const std::string& name);

std::string cluster_id(const ClusterState& state);
std::string scheduling_policy_id();
std::string data_center_id(const ClusterState& state);
std::string storage_domain_id(const ClusterState& state);
std::string job_id(const Job& job);
std::string group_id(const AffinityGroup& group);

}  // namespace splitsite::reference
