#include "topologies/reference/manager/api/elements.hpp"

#include <fmt/format.h>

namespace splitsite::reference {

void put_text(pugi::xml_node node, const char* name, std::string_view value) {
  node.append_child(name).text() = std::string(value).c_str();
}

void put_number(pugi::xml_node node, const char* name, long long value) {
  node.append_child(name).text() = value;
}

void put_truth(pugi::xml_node node, const char* name, bool value) {
  node.append_child(name).text() = value ? "true" : "false";
}

std::string href_of(std::string_view collection, std::string_view id) {
  return fmt::format("{}/{}/{}", api_root, collection, id);
}

pugi::xml_node put_object(pugi::xml_node parent, const char* element, const std::string& href,
                          const std::string& id) {
  pugi::xml_node node = parent.append_child(element);
  node.append_attribute("href") = href.c_str();
  node.append_attribute("id") = id.c_str();
  return node;
}

pugi::xml_node put_reference(pugi::xml_node parent, const char* element,
                             std::string_view collection, const std::string& id) {
  return put_object(parent, element, href_of(collection, id), id);
}

void put_link(pugi::xml_node node, const std::string& href, const std::string& rel) {
  pugi::xml_node link = node.append_child("link");
  link.append_attribute("href") = (href + "/" + rel).c_str();
  link.append_attribute("rel") = rel.c_str();
}

void put_actions(pugi::xml_node node, const std::string& href,
                 std::initializer_list<const char*> names) {
  pugi::xml_node list = node.append_child("actions");
  for (const char* name : names) put_link(list, href, name);
}

}  // namespace splitsite::reference
