// PUT: what a body asks to be other than it is. Clients of oVirt often send back the whole object
// with one change, so whatever says what already is counts for nothing.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "topologies/reference/manager/api/document.hpp"
#include "topologies/reference/manager/api/edits.hpp"
#include "topologies/reference/manager/api/library.hpp"
#include "topologies/reference/manager/api/lookup.hpp"

namespace splitsite::reference {
namespace {

using Paths = std::initializer_list<std::string_view>;

// What oVirt shows and never takes (its mappers to VmStatic, VDS and Cluster pass it over): a
// client that sends back what it read a moment ago asks for nothing by them, although they have
// moved on or come back in another form (a date as "…+00:00" or in milliseconds).
constexpr std::array<std::string_view, 12> read_only = {
    "status", "status_detail",   "start_time", "stop_time",  "stop_reason",   "creation_time",
    "host",   "external_status", "summary",    "spm/status", "hosted_engine", "actions"};

bool is_leaf(const pugi::xml_node& node) {
  return !node.find_child(
      [](const pugi::xml_node& child) { return child.type() == pugi::node_element; });
}

// The first thing asked for that is not so and is not `editable`; empty: none. Links, actions and
// what has an address of its own are not asked for by naming them.
std::string other_wish(const pugi::xml_node& asked, const pugi::xml_node& is, Paths editable,
                       const std::string& above = {}) {
  for (const pugi::xml_node& child : asked.children()) {
    const std::string name = child.name();
    const std::string path = above + name;
    const bool skipped = child.type() != pugi::node_element || name == "link" ||
                         child.attribute("id") ||
                         std::find(read_only.begin(), read_only.end(), path) != read_only.end() ||
                         std::find(editable.begin(), editable.end(), path) != editable.end();
    if (skipped) continue;
    const pugi::xml_node there = is.child(name.c_str());
    if (is_leaf(child) && std::string_view(child.text().get()) != there.text().get()) return path;
    std::string deeper = other_wish(child, there, editable, path + "/");
    if (!deeper.empty()) return deeper;
  }
  return {};
}

Fault cannot_change(const std::string& what, const std::string& path) {
  return {409, "Operation Failed",
          fmt::format("[Cannot edit {}. The reference cluster cannot change {}.]", what, path)};
}

CommandsOrFault host_update(const HostState& host, const pugi::xml_node& asked,
                            const pugi::xml_node& is) {
  // HostMapper takes no type; VmBaseMapper takes a VM's, which is therefore refused.
  const std::string other = other_wish(asked, is, {"spm/priority", "type"});
  if (!other.empty()) return cannot_change("Host", other);
  const std::string text = asked.first_element_by_path("spm/priority").text().as_string();
  if (text.empty()) return Commands{};
  int priority = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), priority);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Fault{400, "Invalid value", fmt::format("{} is not a number", text)};
  }
  if (priority == host.spm_priority) return Commands{};
  return Commands{SetSpmPriority{host.name, priority}};
}

}  // namespace

CommandsOrFault update_commands(const Shown& shown, const Path& path,
                                const pugi::xml_document& body) {
  Library library(shown);
  const pugi::xml_node is = library.element(join_path(path));
  if (!is) return no_such_object();
  const pugi::xml_node asked = body.document_element();
  if (path[0] == "hosts") {
    const auto host = named_by(shown.state.hosts, "host", path[1]);
    return host_update(shown.state.hosts.at(*host), asked, is);
  }
  if (path[0] == "vms") {
    const std::string other =
        other_wish(asked, is,
                   {"high_availability/enabled", "high_availability/priority", "lease",
                    "placement_policy", "storage_error_resume_behaviour"});
    if (!other.empty()) return cannot_change("VM", other);
    const VmState& vm = shown.state.vms.at(*named_by(shown.state.vms, "vm", path[1]));
    return vm_edits(shown.state, vm, asked, is);
  }
  const std::string other = other_wish(asked, is, {"error_handling", "fencing_policy"});
  if (!other.empty()) return cannot_change("Cluster", other);
  return cluster_edits(shown.state, asked);
}

}  // namespace splitsite::reference
