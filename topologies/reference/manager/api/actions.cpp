#include "topologies/reference/manager/api/actions.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>

#include "topologies/reference/manager/api/object_id.hpp"

namespace splitsite::reference {
namespace {

// AuditLogType EXTERNAL_EVENT_NORMAL, _WARNING, _ERROR, _ALERT.
constexpr int external_event_normal = 9801;

template <class Name, class Value>
std::optional<Name> named_by(const std::map<Name, Value>& objects, std::string_view kind,
                             std::string_view id) {
  for (const auto& [name, value] : objects) {
    if (object_id(kind, name.str()) == id) return name;
  }
  return std::nullopt;
}

// A reference in a body, by id or by name; nothing if the element is missing.
template <class Name, class Value>
std::variant<std::optional<Name>, Fault> referred(const std::map<Name, Value>& objects,
                                                  const char* kind, const pugi::xml_node& node) {
  if (!node) return std::optional<Name>();
  const std::string id = node.attribute("id").as_string();
  const std::string name = node.child("name").text().as_string();
  std::optional<Name> found;
  if (!id.empty()) found = named_by(objects, kind, id);
  if (id.empty() && objects.contains(Name(name))) found = Name(name);
  if (found) return found;
  return bad_request(fmt::format("Entity not found: {}: {}", kind, id.empty() ? name : id));
}

Fault unsupported(const std::string& detail) { return {409, "Operation Failed", detail}; }

Fault no_such_action(const std::string& action) {
  return {404, "Operation Failed", fmt::format("There is no action {} here.", action)};
}

CommandOrFault host_action(const NodeId& host, const std::string& action,
                           const pugi::xml_node& body) {
  if (action == "activate") return Command(ActivateHost{host});
  if (action == "deactivate") {
    return Command(DeactivateHost{host, body.child("reason").text().as_string()});
  }
  if (action == "forceselectspm") return Command(ForceSelectSpm{host});
  if (action != "fence") return no_such_action(action);
  const std::string type = body.child("fence_type").text().as_string();
  if (type == "manual") return Command(ConfirmHostRebooted{host});
  if (type.empty()) {
    return Fault{400, "Incomplete parameters", "Action [fenceType] required for fence"};
  }
  if (type != "start" && type != "stop" && type != "restart" && type != "status") {
    return bad_request(fmt::format("{} is no fence type.", type));
  }
  return unsupported("[Cannot fence Host. Power Management is not enabled on this host.]");
}

CommandOrFault vm_action(const ClusterState& state, const VmId& vm, const std::string& action,
                         const pugi::xml_node& body) {
  if (action == "stop") return Command(StopVm{vm});
  if (action == "shutdown") return Command(ShutdownVm{vm});
  if (action != "start" && action != "migrate") return no_such_action(action);
  const pugi::xml_node wish = action == "migrate"
                                  ? body.child("host")
                                  : body.first_element_by_path("vm/placement_policy/hosts/host");
  const auto host = referred(state.hosts, "host", wish);
  if (const auto* fault = std::get_if<Fault>(&host)) return *fault;
  const auto& name = std::get<std::optional<NodeId>>(host);
  if (action == "start") return Command(StartVm{vm, name});
  return Command(MigrateVm{vm, name});
}

std::optional<Severity> severity_of(const std::string& text) {
  for (const Severity each :
       {Severity::Normal, Severity::Warning, Severity::Error, Severity::Alert}) {
    if (to_string(each) == text) return each;
  }
  return std::nullopt;
}

UpdateOrFault host_update(const HostState& host, const pugi::xml_node& body) {
  const pugi::xml_node priority = body.first_element_by_path("spm/priority");
  if (!priority) return NothingToDo{};
  const int absurd = -1000;
  const int asked = priority.text().as_int(absurd);
  if (asked == host.spm_priority) return NothingToDo{};
  return Command(SetSpmPriority{host.name, asked});
}

// The Manager's VMs are as the lab's description says; asking for what already is succeeds.
UpdateOrFault vm_update(const ClusterState& state, const VmState& vm, const pugi::xml_node& body) {
  const auto differs = [&body](const char* path, const std::string& is) {
    const pugi::xml_node asked = body.first_element_by_path(path);
    return asked && is != asked.text().as_string();
  };
  const pugi::xml_node lease = body.child("lease");
  const std::string domain = lease.child("storage_domain").attribute("id").as_string();
  const bool lease_differs =
      lease && (domain == object_id("storage_domain", state.storage_domain)) != vm.lease;
  if (lease_differs || differs("high_availability/priority", std::to_string(vm.priority)) ||
      differs("high_availability/enabled", vm.highly_available ? "true" : "false")) {
    return unsupported(
        "[Cannot edit VM. The reference Manager takes its VMs from the lab's description.]");
  }
  return NothingToDo{};
}

}  // namespace

Fault not_found(const std::string& what) {
  return {404, "Operation Failed", fmt::format("Entity not found: {}", what)};
}

Fault bad_request(const std::string& detail) { return {400, "Operation Failed", detail}; }

CommandOrFault action_command(const ClusterState& state, const std::string& collection,
                              const std::string& id, const std::string& action,
                              const pugi::xml_document& body) {
  const pugi::xml_node root = body.document_element();
  if (root && std::string_view(root.name()) != "action") {
    return bad_request(fmt::format("<{}> instead of <action>", root.name()));
  }
  if (collection == "hosts") {
    const auto host = named_by(state.hosts, "host", id);
    return host ? host_action(*host, action, root) : not_found(id);
  }
  const auto vm = named_by(state.vms, "vm", id);
  return vm ? vm_action(state, *vm, action, root) : not_found(id);
}

CommandOrFault event_command(const ClusterState&, const pugi::xml_document& body) {
  const pugi::xml_node event = body.child("event");
  for (const char* field : {"custom_id", "description", "origin", "severity"}) {
    if (*event.child(field).text().as_string() == '\0') {
      return Fault{400, "Incomplete parameters", fmt::format("Event [{}] required for add", field)};
    }
  }
  const auto severity = severity_of(event.child("severity").text().as_string());
  if (!severity) return bad_request("Invalid value for severity.");
  return Command(AddEvent{event.child("description").text().as_string(), *severity,
                          external_event_normal + static_cast<int>(*severity)});
}

UpdateOrFault update_command(const ClusterState& state, const std::string& collection,
                             const std::string& id, const pugi::xml_document& body) {
  if (collection == "hosts") {
    const auto host = named_by(state.hosts, "host", id);
    if (!host) return not_found(id);
    return host_update(state.hosts.at(*host), body.child("host"));
  }
  const auto vm = named_by(state.vms, "vm", id);
  if (!vm) return not_found(id);
  return vm_update(state, state.vms.at(*vm), body.child("vm"));
}

}  // namespace splitsite::reference
