// What requests change: which Command of the Manager's core a POST or PUT means. Pure: ids are
// looked up in the given state, nothing is sent.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <variant>
#include <vector>

#include "topologies/reference/manager/core/command.hpp"
#include "topologies/reference/manager/core/state.hpp"

namespace splitsite::reference {

// A fault as oVirt words it: HTTP status, <reason>, <detail>.
using Fault = CommandReply;

using CommandOrFault = std::variant<Command, Fault>;

// POST hosts/{id}/{action} and vms/{id}/{action}; `body` is the <action> document, may be empty.
CommandOrFault action_command(const ClusterState& state, const std::string& collection,
                              const std::string& id, const std::string& action,
                              const pugi::xml_document& body);

// POST events: <event> with description, severity, origin and custom_id (all mandatory in oVirt).
CommandOrFault event_command(const ClusterState& state, const pugi::xml_document& body);

// PUT hosts/{id} and vms/{id}. No command: the object already is as asked for.
struct NothingToDo {};
using UpdateOrFault = std::variant<NothingToDo, Command, Fault>;
UpdateOrFault update_command(const ClusterState& state, const std::string& collection,
                             const std::string& id, const pugi::xml_document& body);

Fault not_found(const std::string& what);
Fault bad_request(const std::string& detail);

}  // namespace splitsite::reference
