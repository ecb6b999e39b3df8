#include "topologies/reference/manager/api/search_fields.hpp"

#include <algorithm>
#include <array>

#include "topologies/reference/manager/api/object_id.hpp"

namespace splitsite::reference {
namespace {

// What the element itself does not say is known from the state.
enum class Known { Here, Host, Cluster, DataCenter, StorageDomain, DomainStatus, JobsCorrelation };

struct Field {
  std::string_view collection;
  std::string_view name;
  std::string_view path;  // of the element within; "@id" at its end is that attribute
  Known known = Known::Here;
};

constexpr std::array<Field, 49> all = {{
    {"vms", "name", "name"},
    {"vms", "id", "@id"},
    {"vms", "status", "status"},
    {"vms", "cluster", "", Known::Cluster},
    {"vms", "datacenter", "", Known::DataCenter},
    {"vms", "on_host", "", Known::Host},
    {"vms", "host.name", "", Known::Host},
    {"vms", "hosts.name", "", Known::Host},
    {"vms", "storage.name", "", Known::StorageDomain},
    {"hosts", "name", "name"},
    {"hosts", "id", "@id"},
    {"hosts", "status", "status"},
    {"hosts", "external_status", "external_status"},
    {"hosts", "address", "address"},
    {"hosts", "comment", "comment"},
    {"hosts", "type", "type"},
    {"hosts", "active_vms", "summary/active"},
    {"hosts", "migrating_vms", "summary/migrating"},
    {"hosts", "ha_score", "hosted_engine/score"},
    {"hosts", "cluster", "", Known::Cluster},
    {"hosts", "datacenter", "", Known::DataCenter},
    {"clusters", "name", "name"},
    {"clusters", "datacenter.name", "", Known::DataCenter},
    {"data_centers", "name", "name"},
    {"data_centers", "status", "status"},
    {"data_centers", "local", "local"},
    {"data_centers", "clusters.name", "", Known::Cluster},
    {"data_centers", "storage.name", "", Known::StorageDomain},
    {"storage_domains", "name", "name"},
    {"storage_domains", "status", "", Known::DomainStatus},
    {"storage_domains", "external_status", "external_status"},
    {"storage_domains", "type", "storage/type"},
    {"storage_domains", "datacenter", "", Known::DataCenter},
    {"events", "type", "code"},
    {"events", "severity", "severity"},
    {"events", "message", "description"},
    {"events", "time", "time"},
    {"events", "usrname", "user/name"},
    {"events", "event_host", "host/name"},
    {"events", "_event_host_id", "host/@id"},
    {"events", "event_vm", "vm/name"},
    {"events", "_event_vm_id", "vm/@id"},
    {"events", "event_datacenter", "data_center/name"},
    {"events", "correlation_id", "correlation_id"},
    {"events", "origin", "origin"},
    {"events", "custom_event_id", "custom_id"},
    {"jobs", "correlation_id", "", Known::JobsCorrelation},
    {"users", "name", "name"},
    {"users", "usrname", "user_name"},
}};

std::string at(const pugi::xml_node& element, std::string_view path) {
  const bool id = path.ends_with("@id");
  if (id) path.remove_suffix(path.size() > 3 ? 4 : 3);
  const std::string inner(path);
  const pugi::xml_node node =
      inner.empty() ? element : element.first_element_by_path(inner.c_str());
  return id ? node.attribute("id").as_string() : node.text().as_string();
}

std::string host_name(const ClusterState& state, const std::string& id) {
  for (const auto& [name, host] : state.hosts) {
    if (object_id("host", name.str()) == id) return name.str();
  }
  return {};
}

std::string correlation_of(const ClusterState& state, const std::string& id) {
  for (const Job& job : state.jobs) {
    if (job_id(job) == id) return job.context.correlation_id;
  }
  return {};
}

std::string value_of(const Field& field, const pugi::xml_node& element, const ClusterState& state) {
  switch (field.known) {
    case Known::Here:
      return at(element, field.path);
    case Known::Host:
      return host_name(state, at(element, "host/@id"));
    case Known::Cluster:
      return state.cluster;
    case Known::DataCenter:
      return state.data_center;
    case Known::StorageDomain:
      return state.storage_domain;
    case Known::DomainStatus:  // searched by, although the top-level collection does not show it
      return std::string(to_string(state.pool.master_domain));
    case Known::JobsCorrelation:
      return correlation_of(state, at(element, "@id"));
  }
  return {};
}

}  // namespace

SearchFields search_fields(std::string_view collection, const Shown& shown) {
  SearchFields fields;
  fields.today = std::chrono::floor<std::chrono::days>(shown.time.wall);
  for (const Field& field : all) {
    if (field.collection == collection) fields.names.emplace_back(field.name);
  }
  fields.value = [name = std::string(collection), &state = shown.state](
                     const pugi::xml_node& element, const std::string& wanted) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Field& field) {
      return field.collection == name && field.name == wanted;
    });
    return found == all.end() ? std::string() : value_of(*found, element, state);
  };
  return fields;
}

}  // namespace splitsite::reference
