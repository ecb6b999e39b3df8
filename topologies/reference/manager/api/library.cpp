#include "topologies/reference/manager/api/library.hpp"

#include <algorithm>

#include "topologies/reference/manager/api/path.hpp"

namespace splitsite::reference {
namespace {

pugi::xml_node show_top(pugi::xml_node to, const Shown& shown, const std::string& name) {
  if (name == "hosts") return show_hosts(to, shown);
  if (name == "vms") return show_vms(to, shown);
  if (name == "clusters") return show_clusters(to, shown);
  if (name == "datacenters") return show_data_centers(to, shown);
  if (name == "storagedomains") return show_storage_domains(to, shown, false);
  if (name == "events") return show_events(to, shown);
  if (name == "jobs") return show_jobs(to, shown);
  if (name == "schedulingpolicies") return show_scheduling_policies(to);
  if (name == "users") return show_users(to);
  return {};
}

pugi::xml_node show_steps_of(pugi::xml_node to, const Shown& shown, const std::string& id) {
  const auto& jobs = shown.state.jobs;
  const auto job =
      std::find_if(jobs.begin(), jobs.end(), [&](const Job& each) { return job_id(each) == id; });
  return job == jobs.end() ? pugi::xml_node() : show_steps(to, shown, *job);
}

pugi::xml_node show_in_data_center(pugi::xml_node to, const Shown& shown, const std::string& name) {
  if (name == "storagedomains") return show_storage_domains(to, shown, true);
  if (name == "clusters") return show_clusters(to, shown);
  return {};
}

pugi::xml_node show_of_group(pugi::xml_node to, const Shown& shown, const Path& path) {
  for (const AffinityGroup& group : shown.state.affinity_groups) {
    if (group_id(group) != path[3]) continue;
    const std::string& members = path[4];
    if (members == "hosts" || members == "vms") {
      return show_members(to, group, members == "hosts", true);
    }
    // Labels are not part of the reference cluster: there are never any.
    if (members == "hostlabels" || members == "vmlabels") {
      return to.append_child("affinity_labels");
    }
  }
  return {};
}

}  // namespace

pugi::xml_node show_collection(pugi::xml_node to, const Shown& shown, const std::string& text) {
  const Path path = split_path(text);
  if (path.size() == 1) return show_top(to, shown, path[0]);
  if (path.size() < 3) return {};
  if (path[0] == "jobs" && path[2] == "steps" && path.size() == 3) {
    return show_steps_of(to, shown, path[1]);
  }
  if (path[0] == "schedulingpolicies" && path[1] == scheduling_policy_id() &&
      path[2] == "clusters") {
    return show_clusters(to, shown);
  }
  if (path[0] == "datacenters" && path[1] == data_center_id(shown.state) && path.size() == 3) {
    return show_in_data_center(to, shown, path[2]);
  }
  const bool in_cluster =
      path[0] == "clusters" && path[1] == cluster_id(shown.state) && path[2] == "affinitygroups";
  if (in_cluster && path.size() == 3) return show_affinity_groups(to, shown);
  if (in_cluster && path.size() == 5) return show_of_group(to, shown, path);
  return {};
}

Library::Shelf& Library::shelf(const std::string& path) {
  const auto [found, made] = shelves_.try_emplace(path);
  Shelf& shelf = found->second;
  if (!made) return shelf;
  shelf.collection = show_collection(document_, shown_, path);
  for (const pugi::xml_node& each : shelf.collection.children()) {
    shelf.by_id.emplace(each.attribute("id").value(), each);
  }
  return shelf;
}

pugi::xml_node Library::collection(const std::string& path) { return shelf(path).collection; }

pugi::xml_node Library::element(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return {};
  const Shelf& found = shelf(path.substr(0, slash));
  const auto one = found.by_id.find(std::string_view(path).substr(slash + 1));
  return one == found.by_id.end() ? pugi::xml_node() : one->second;
}

}  // namespace splitsite::reference
