// What requests change: which commands of the Manager's core a POST, PUT or DELETE means. Pure: ids
// are looked up in the given state, nothing is sent.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <variant>
#include <vector>

#include "topologies/reference/manager/api/path.hpp"
#include "topologies/reference/manager/api/representation.hpp"
#include "topologies/reference/manager/core/command.hpp"

namespace splitsite::reference {

// A fault as oVirt words it: HTTP status, <reason>, <detail>. Without a reason: an empty answer.
using Fault = CommandReply;

// Carried out in this order; none: everything already is as asked for.
using Commands = std::vector<Command>;
using CommandsOrFault = std::variant<Commands, Fault>;

// POST hosts/{id}/{action}, vms/{id}/{action} and datacenters/{id}/{action}; `body` is the <action>
// document, may be empty.
CommandsOrFault action_commands(const ClusterState& state, const Path& path,
                                const pugi::xml_document& body);

// POST events: <event> with description, severity, origin and custom_id (all mandatory in oVirt).
CommandsOrFault event_commands(const ClusterState& state, const pugi::xml_document& body);

// PUT hosts/{id}, vms/{id} and clusters/{id}. `body` may be the whole object as it was read, with
// changes; a change that the reference cluster cannot make is a fault.
CommandsOrFault update_commands(const Shown& shown, const Path& path,
                                const pugi::xml_document& body);

Fault no_such_object();
Fault bad_request(const std::string& detail);
// 400 as oVirt's CompletenessAssertor has it: "Event [severity] required for add".
Fault incomplete(const std::string& type, const std::string& fields, const std::string& method);

}  // namespace splitsite::reference
