#include "topologies/reference/manager/api/content.hpp"

#include "topologies/reference/manager/api/document.hpp"

namespace splitsite::reference {

ApiAnswer print(const Content& content, Media media) {
  ApiAnswer answer{.status = content.status};
  if (!content.location.empty()) answer.headers.emplace_back("Location", content.location);
  if (!content.links.empty()) answer.headers.emplace_back("Link", content.links);
  const pugi::xml_node root = content.document.document_element();
  if (!root) return answer;
  const bool json = media == Media::Json;
  answer.content_type = json ? "application/json" : "application/xml;charset=UTF-8";
  answer.body = json ? to_json(root) : to_xml(root);
  return answer;
}

Content fault_content(const CommandReply& fault) {
  Content content{.status = fault.status};
  if (fault.reason.empty()) return content;
  pugi::xml_node node = content.document.append_child("fault");
  node.append_child("detail").text() = fault.detail.c_str();
  node.append_child("reason").text() = fault.reason.c_str();
  return content;
}

}  // namespace splitsite::reference
