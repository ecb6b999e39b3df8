// Objects of the state by the ids that the API gave them.
#pragma once

#include <map>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "topologies/reference/manager/api/actions.hpp"
#include "topologies/reference/manager/api/object_id.hpp"

namespace splitsite::reference {

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
  return Fault{404, "Operation Failed", "Entity not found: " + (id.empty() ? name : id)};
}

}  // namespace splitsite::reference
