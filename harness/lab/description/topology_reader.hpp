// One pass over a topology file. Internal to the loader: sections are read in the order in which
// they refer to each other, whatever their order in the file, so every reference is checked where
// it stands.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "harness/lab/description/strict_table.hpp"
#include "harness/lab/description/topology.hpp"

namespace splitsite::description {

constexpr std::size_t longest_label = 48;  // a sanlock lockspace's name

// A small letter, then small letters, digits and "-".
bool is_label(const std::string& name, std::size_t longest);

class TopologyReader {
 public:
  explicit TopologyReader(const TomlValue& document);

  Topology read();
  const std::optional<Complaint>& complaint() const { return complaints_.first(); }

 private:
  void read_on_error();
  void read_sites();
  void read_hosts();
  void read_storage_nodes();
  void read_single_node(NodeRole role, int least_memory);
  void read_hosted_engine();
  void read_clustered_managers();
  void read_links();
  void read_vms();
  void read_affinity_groups();
  void read_hosts_rule(StrictTable& table, const Words& hosts, AffinityGroupConfig& group);
  void read_vms_rule(StrictTable& table, AffinityGroupConfig& group);
  void read_fencing_policy();
  void read_storage_domain();
  void require_every_role();
  void require_nodes_of_sites();
  void require_links();

  // A name nobody else has; nodes and VMs share one name space, for they share /etc/hosts.
  std::string new_name(StrictTable& table, std::string_view what, std::size_t longest);
  SiteId known_site(StrictTable& table, std::string_view key);
  // A site whose role is one of `roles`; `reason` says why another will not do.
  SiteId site_of(StrictTable& table, std::string_view key, const std::set<SiteRole>& roles,
                 const std::string& reason);
  Impairment impairment(StrictTable& link);
  LinkConfig read_link(StrictTable& table);
  std::vector<std::string> members(StrictTable& group, std::string_view key, const Words& known,
                                   std::string_view what);
  Words site_names() const;
  SiteRole role_of(const SiteId& name) const;
  bool has_link(LinkKind kind, const SiteId& one, const SiteId& other) const;

  Complaints complaints_;
  StrictTable root_;
  Topology topology_;
  std::map<std::string, Place, std::less<>> names_;
  std::map<SiteId, Place> site_places_;
};

}  // namespace splitsite::description
