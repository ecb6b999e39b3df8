#include "topologies/reference/manager/api/router.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <vector>

#include "topologies/reference/manager/api/actions.hpp"
#include "topologies/reference/manager/api/document.hpp"
#include "topologies/reference/manager/api/object_id.hpp"

namespace splitsite::reference {
namespace {

using Path = std::vector<std::string>;

struct Content {
  int status = 200;
  pugi::xml_document document;
};

Path split(const std::string& path) {
  Path parts;
  std::string part;
  for (const char c : path + "/") {
    if (c != '/') {
      part += c;
    } else if (!part.empty()) {
      parts.push_back(std::exchange(part, {}));
    }
  }
  return parts;
}

ApiAnswer print(const Content& content, bool json) {
  const pugi::xml_node root = content.document.document_element();
  return json ? ApiAnswer{content.status, "application/json", to_json(root)}
              : ApiAnswer{content.status, "application/xml", to_xml(root)};
}

Content fault_content(const CommandReply& fault) {
  Content content{.status = fault.status};
  pugi::xml_node node = content.document.append_child("fault");
  node.append_child("detail").text() = fault.detail.c_str();
  node.append_child("reason").text() = fault.reason.c_str();
  return content;
}

pugi::xml_node child_with_id(const pugi::xml_node& collection, const std::string& id) {
  for (const pugi::xml_node& child : collection.children()) {
    if (id == child.attribute("id").as_string()) return child;
  }
  return {};
}

pugi::xml_node show_group_members(pugi::xml_node to, const Shown& shown, const Path& path) {
  for (const AffinityGroup& group : shown.state.affinity_groups) {
    if (object_id("affinity_group", group.name) != path[3]) continue;
    if (path[4] == "hosts" || path[4] == "vms") {
      return show_members(to, group, path[4] == "hosts");
    }
  }
  return {};
}

// The collection at `path`, whole; nothing if there is none.
pugi::xml_node show_collection(pugi::xml_node to, const Shown& shown, const Path& path) {
  const std::string& first = path[0];
  if (path.size() == 1) {
    if (first == "hosts") return show_hosts(to, shown);
    if (first == "vms") return show_vms(to, shown);
    if (first == "clusters") return show_clusters(to, shown);
    if (first == "datacenters") return show_data_centers(to, shown);
    if (first == "storagedomains") return show_storage_domains(to, shown, false);
    if (first == "events") return show_events(to, shown);
    if (first == "jobs") return to.append_child("jobs");
    return {};
  }
  if (path.size() == 3 && first == "datacenters" && path[1] == data_center_id(shown.state)) {
    if (path[2] == "storagedomains") return show_storage_domains(to, shown, true);
    if (path[2] == "clusters") return show_clusters(to, shown);
    return {};
  }
  const bool in_cluster = first == "clusters" && path[1] == cluster_id(shown.state) &&
                          path.size() >= 3 && path[2] == "affinitygroups";
  if (in_cluster && path.size() == 3) return show_affinity_groups(to, shown);
  if (in_cluster && path.size() == 5) return show_group_members(to, shown, path);
  return {};
}

// `follow` puts the whole object where a reference is, and a collection where a link is. The names
// are those of the model's links (ovirt-engine-api-model); only the first level is followed.
void follow(pugi::xml_node object, const std::string& name, const Shown& shown) {
  pugi::xml_document scratch;
  if (pugi::xml_node reference = object.child(name.c_str())) {
    pugi::xml_node all;
    if (name == "host") all = show_hosts(scratch, shown);
    if (name == "cluster") all = show_clusters(scratch, shown);
    if (name == "data_center") all = show_data_centers(scratch, shown);
    if (name == "vm") all = show_vms(scratch, shown);
    const pugi::xml_node whole = child_with_id(all, reference.attribute("id").as_string());
    if (!whole) return;
    reference.remove_children();
    for (const pugi::xml_node& child : whole.children()) reference.append_copy(child);
    return;
  }
  const std::string_view element = object.name();
  if (element == "cluster" && name == "affinity_groups") show_affinity_groups(object, shown);
  if (element == "data_center" && name == "storage_domains") {
    show_storage_domains(object, shown, true);
  }
  if (element == "data_center" && name == "clusters") show_clusters(object, shown);
}

void follow_all(pugi::xml_node object, const QueryParameters& query, const Shown& shown) {
  std::string name;
  for (const char c : parameter(query, "follow") + ",") {
    if (c != ',') {
      name += c;
      continue;
    }
    follow(object, name.substr(0, name.find('.')), shown);
    name.clear();
  }
}

Content read(const ApiRequest& request, const Path& path, const Shown& shown) {
  Content content;
  if (path.empty()) {
    show_api(content.document, shown);
    return content;
  }
  if (pugi::xml_node all = show_collection(content.document, shown, path)) {
    const Result<void> narrowed = narrow(all, request.query);
    if (!narrowed) return fault_content(bad_request(narrowed.error().why));
    for (pugi::xml_node each : all.children()) follow_all(each, request.query, shown);
    return content;
  }
  pugi::xml_document whole;
  const Path above(path.begin(), path.end() - 1);
  const pugi::xml_node all =
      above.empty() ? pugi::xml_node() : show_collection(whole, shown, above);
  const pugi::xml_node one = child_with_id(all, path.back());
  if (!one) return fault_content(not_found(request.path));
  follow_all(content.document.append_copy(one), request.query, shown);
  return content;
}

std::optional<Fault> refused(ManagerPort& manager, const Command& command) {
  const Result<CommandReply> reply = manager.submit(command);
  if (!reply) return Fault{503, "Service Unavailable", reply.error().message()};
  if (!reply.value().ok()) return reply.value();
  return std::nullopt;
}

Content act(ManagerPort& manager, const CommandOrFault& wanted) {
  if (const auto* fault = std::get_if<Fault>(&wanted)) return fault_content(*fault);
  if (const auto fault = refused(manager, std::get<Command>(wanted))) return fault_content(*fault);
  Content content;
  content.document.append_child("action").append_child("status").text() = "complete";
  return content;
}

// Answers with the new event, as oVirt does: the newest one with its text.
Content add_event(ManagerPort& manager, const CommandOrFault& wanted, const TimeBase& time) {
  if (const auto* fault = std::get_if<Fault>(&wanted)) return fault_content(*fault);
  const auto& command = std::get<Command>(wanted);
  if (const auto fault = refused(manager, command)) return fault_content(*fault);
  const ClusterState after = manager.snapshot();
  pugi::xml_document scratch;
  for (const pugi::xml_node& event : show_events(scratch, {after, time}).children()) {
    const std::string text = event.child("description").text().as_string();
    if (text != std::get<AddEvent>(command).description) continue;
    Content content{.status = 201};
    content.document.append_copy(event);
    return content;
  }
  Content content{.status = 201};
  content.document.append_child("event");
  return content;
}

Content update(ManagerPort& manager, const ApiRequest& request, const Path& path,
               const UpdateOrFault& wanted, const TimeBase& time) {
  if (const auto* fault = std::get_if<Fault>(&wanted)) return fault_content(*fault);
  if (const auto* command = std::get_if<Command>(&wanted)) {
    if (const auto fault = refused(manager, *command)) return fault_content(*fault);
  }
  const ClusterState after = manager.snapshot();
  return read(request, path, {after, time});
}

Content not_served(const ApiRequest& request) {
  return fault_content({405, "Method Not Allowed",
                        fmt::format("{} is not served at {}", request.method, request.path)});
}

}  // namespace

Router::Router(ManagerPort& manager, std::function<TimeBase()> time)
    : manager_(manager), time_(std::move(time)) {}

ApiAnswer Router::answer(const ApiRequest& request) const {
  const Path path = split(request.path);
  const ClusterState state = manager_.snapshot();
  const TimeBase time = time_();
  const auto reply = [&]() -> Content {
    if (request.method == "GET") return read(request, path, {state, time});
    const bool acts = path.size() == 3 && (path[0] == "hosts" || path[0] == "vms");
    const bool updates = path.size() == 2 && (path[0] == "hosts" || path[0] == "vms");
    const bool adds = path.size() == 1 && path[0] == "events";
    if (path.empty()) return not_served(request);
    const char* root = acts ? "action" : adds ? "event" : path[0] == "hosts" ? "host" : "vm";
    auto body = read_body(request.body, request.body_is_json, root);
    if (!body) return fault_content(bad_request(body.error().why));
    if (request.method == "POST" && acts) {
      return act(manager_, action_command(state, path[0], path[1], path[2], body.value()));
    }
    if (request.method == "POST" && adds) {
      return add_event(manager_, event_command(state, body.value()), time);
    }
    if (request.method == "PUT" && updates) {
      return update(manager_, request, path, update_command(state, path[0], path[1], body.value()),
                    time);
    }
    return not_served(request);
  };
  return print(reply(), request.wants_json);
}

ApiAnswer fault_answer(const CommandReply& fault, bool json) {
  return print(fault_content(fault), json);
}

}  // namespace splitsite::reference
