#include "topologies/reference/manager/api/actions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

#include "topologies/reference/manager/api/lookup.hpp"
#include "topologies/reference/manager/core/affinity.hpp"

namespace splitsite::reference {
namespace {

// AuditLogType EXTERNAL_EVENT_NORMAL, _WARNING, _ERROR, _ALERT.
constexpr int external_event_normal = 9801;

Commands just(Command command) { return {std::move(command)}; }

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) {
      return false;
    }
  }
  return true;
}

// An id that is none is no such place; one that nobody has is the command's own refusal.
Fault nobody_there(const std::string& id, const std::string& what, const std::string& action) {
  if (!is_uuid(id)) return no_such_object();
  return bad_request(fmt::format("[Cannot {} {}. {} does not exist.]", action, what, what));
}

CommandsOrFault fence(const NodeId& host, const pugi::xml_node& body) {
  constexpr std::array<std::pair<std::string_view, FenceType>, 5> types = {
      {{"MANUAL", FenceType::Manual},
       {"RESTART", FenceType::Restart},
       {"START", FenceType::Start},
       {"STOP", FenceType::Stop},
       {"STATUS", FenceType::Status}}};
  std::string asked = body.child("fence_type").text().as_string();
  if (asked.empty()) return incomplete("Action", "fenceType", "fence");
  std::transform(asked.begin(), asked.end(), asked.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  for (const auto& [name, type] : types) {
    if (asked != name) continue;
    return just(FenceHost{
        .host = host,
        .type = type,
        .maintenance_after_restart = body.child("maintenance_after_restart").text().as_bool()});
  }
  return Fault{400, "Invalid value", asked + " is not a member of FenceType"};
}

CommandsOrFault refresh(const HostState& host) {
  const bool reachable = host.status == HostStatus::Up || host.status == HostStatus::NonOperational;
  // The Manager reads everything it knows of a host every few seconds: there is nothing to order.
  if (reachable) return Commands{};
  return Fault{409, "Operation Failed",
               "[Cannot refresh Host capabilities. Host status must be Up or NonOperational.]"};
}

CommandsOrFault host_action(const HostState& host, const std::string& action,
                            const pugi::xml_node& body) {
  if (action == "activate") return just(ActivateHost{host.name});
  if (action == "deactivate") {
    return just(DeactivateHost{host.name, body.child("reason").text().as_string()});
  }
  if (action == "forceselectspm") return just(ForceSelectSpm{host.name});
  return action == "fence" ? fence(host.name, body) : refresh(host);
}

CommandsOrFault vm_action(const ClusterState& state, const VmId& vm, const std::string& action,
                          const pugi::xml_node& body) {
  const std::string reason = body.child("reason").text().as_string();
  if (action == "stop") return just(StopVm{vm, reason});
  if (action == "shutdown") return just(ShutdownVm{vm, reason});
  if (action == "reboot") return just(RebootVm{vm});
  if (action == "cancelmigration") return just(CancelMigration{vm});
  const pugi::xml_node wish = action == "migrate"
                                  ? body.child("host")
                                  : body.first_element_by_path("vm/placement_policy/hosts/host");
  const auto host = referred(state.hosts, "host", wish);
  if (const auto* fault = std::get_if<Fault>(&host)) return *fault;
  const auto& name = std::get<std::optional<NodeId>>(host);
  if (action == "start") return just(StartVm{vm, name});
  return just(MigrateVm{vm, name, body.child("force").text().as_bool()});
}

// SwitchMasterStorageDomainCommand.validate: the only domain is the master already, and every other
// one is none of the data center's.
Fault set_master(const ClusterState& state, const pugi::xml_node& domain) {
  const std::string id = domain.attribute("id").as_string();
  const std::string name = domain.child("name").text().as_string();
  if (id.empty() && name.empty()) return incomplete("Action", "storageDomain.id|name", "setMaster");
  if (!id.empty() && !is_uuid(id)) return no_such_object();
  const bool is_master = id.empty() ? name == state.storage_domain : id == storage_domain_id(state);
  if (id.empty() && !is_master) {
    return {404, "Operation Failed", "Entity not found: Storage: name=" + name};
  }
  const std::string why = is_master ? "The storage domain is already the master storage domain."
                                    : "The selected Storage Domain is not part of the Data Center.";
  return {409, "Operation Failed", "[Cannot switch master storage domain. " + why + "]"};
}

CommandsOrFault data_center_action(const ClusterState& state, const Path& path,
                                   const pugi::xml_node& body) {
  const std::string& id = path[1];
  if (!is_uuid(id)) return no_such_object();
  if (id != data_center_id(state)) return bad_request("[Data Center doesn't exist.]");
  if (path[2] == "cleanfinishedtasks") return just(CleanFinishedTasks{});
  return set_master(state, body.child("storage_domain"));
}

std::optional<Severity> severity_of(const std::string& text) {
  for (const Severity each :
       {Severity::Normal, Severity::Warning, Severity::Error, Severity::Alert}) {
    if (to_string(each) == text) return each;
  }
  return std::nullopt;
}

// The mandatory fields that are not there, as Java prints a list; empty: none.
std::string missing_fields(const pugi::xml_node& event) {
  constexpr std::array<std::pair<const char*, const char*>, 4> mandatory = {
      {{"origin", "origin"},
       {"severity", "severity"},
       {"custom_id", "customId"},
       {"description", "description"}}};
  std::string missing;
  for (const auto& [element, field] : mandatory) {
    const bool there = *event.child(element).text().as_string() != '\0';
    if (!there) missing += (missing.empty() ? "" : ", ") + std::string(field);
  }
  return missing;
}

}  // namespace

Fault no_such_object() { return {.status = 404}; }

Fault bad_request(const std::string& detail) { return {400, "Operation Failed", detail}; }

Fault incomplete(const std::string& type, const std::string& fields, const std::string& method) {
  return {400, "Incomplete parameters",
          fmt::format("{} [{}] required for {}", type, fields, method)};
}

CommandsOrFault action_commands(const ClusterState& state, const Path& path,
                                const pugi::xml_document& body) {
  const pugi::xml_node root = body.document_element();
  if (path[0] == "hosts") {
    const auto host = named_by(state.hosts, "host", path[1]);
    if (!host) return nobody_there(path[1], "Host", path[2]);
    return host_action(state.hosts.at(*host), path[2], root);
  }
  if (path[0] == "datacenters") return data_center_action(state, path, root);
  const auto vm = named_by(state.vms, "vm", path[1]);
  if (!vm) return nobody_there(path[1], "VM", path[2]);
  return vm_action(state, *vm, path[2], root);
}

CommandsOrFault event_commands(const ClusterState& state, const pugi::xml_document& body) {
  const pugi::xml_node event = body.child("event");
  const std::string missing = missing_fields(event);
  if (!missing.empty()) return incomplete("Event", missing, "add");
  const std::string severity_text = event.child("severity").text().as_string();
  const auto severity = severity_of(severity_text);
  if (!severity) {
    return Fault{400, "Invalid value", severity_text + " is not a member of LogSeverity"};
  }
  return just(AddEvent{
      .description = event.child("description").text().as_string(),
      .severity = *severity,
      .code = external_event_normal + static_cast<int>(*severity),
      .origin = event.child("origin").text().as_string(),
      .custom_id = event.child("custom_id").text().as_int(),
      .host = named_by(state.hosts, "host", event.child("host").attribute("id").as_string()),
      .vm = named_by(state.vms, "vm", event.child("vm").attribute("id").as_string())});
}

}  // namespace splitsite::reference
