// What the API shows of the Manager's state: oVirt's elements in oVirt's shapes. Each function
// appends one whole collection to `parent`; a single object is picked out of it by id.
#pragma once

#include <pugixml.hpp>
#include <string>

#include "topologies/reference/manager/core/state.hpp"
#include "topologies/reference/manager/core/time_base.hpp"

namespace splitsite::reference {

struct Shown {
  const ClusterState& state;
  TimeBase time;
};

inline constexpr const char* api_root = "/ovirt-engine/api";

pugi::xml_node show_api(pugi::xml_node parent, const Shown& shown);
pugi::xml_node show_hosts(pugi::xml_node parent, const Shown& shown);
pugi::xml_node show_vms(pugi::xml_node parent, const Shown& shown);
pugi::xml_node show_clusters(pugi::xml_node parent, const Shown& shown);
pugi::xml_node show_data_centers(pugi::xml_node parent, const Shown& shown);
// Attached: below its data center, with status. Otherwise the top-level collection, which in oVirt
// shows no status of an attached domain.
pugi::xml_node show_storage_domains(pugi::xml_node parent, const Shown& shown, bool attached);
pugi::xml_node show_affinity_groups(pugi::xml_node parent, const Shown& shown);
// A group's members, as references.
pugi::xml_node show_members(pugi::xml_node parent, const AffinityGroup& group, bool hosts);
// Newest first, as oVirt lists them.
pugi::xml_node show_events(pugi::xml_node parent, const Shown& shown);

std::string cluster_id(const ClusterState& state);
std::string data_center_id(const ClusterState& state);
std::string storage_domain_id(const ClusterState& state);

}  // namespace splitsite::reference
