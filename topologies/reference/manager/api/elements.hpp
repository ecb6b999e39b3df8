// How a representation is put together: elements, references, links and actions in oVirt's form.
// oVirt prints href before id.
#pragma once

#include <initializer_list>
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace splitsite::reference {

inline constexpr std::string_view api_root = "/ovirt-engine/api";

void put_text(pugi::xml_node node, const char* name, std::string_view value);
void put_number(pugi::xml_node node, const char* name, long long value);
void put_truth(pugi::xml_node node, const char* name, bool value);

// "/ovirt-engine/api/hosts/<id>"
std::string href_of(std::string_view collection, std::string_view id);

// An object with its own address.
pugi::xml_node put_object(pugi::xml_node parent, const char* element, const std::string& href,
                          const std::string& id);
// An object that is described elsewhere.
pugi::xml_node put_reference(pugi::xml_node parent, const char* element,
                             std::string_view collection, const std::string& id);
// A sub-collection or action of the object at `href`.
void put_link(pugi::xml_node node, const std::string& href, const std::string& rel);
void put_actions(pugi::xml_node node, const std::string& href,
                 std::initializer_list<const char*> names);

}  // namespace splitsite::reference
