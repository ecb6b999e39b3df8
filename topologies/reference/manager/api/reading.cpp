#include "topologies/reference/manager/api/reading.hpp"

#include <fmt/format.h>

#include "topologies/reference/manager/api/actions.hpp"
#include "topologies/reference/manager/api/follow.hpp"
#include "topologies/reference/manager/api/library.hpp"
#include "topologies/reference/manager/api/search_fields.hpp"

namespace splitsite::reference {
namespace {

// The links of the root in one header, which is how a HEAD request reads them.
std::string link_header(const pugi::xml_node& api) {
  std::string header;
  for (const pugi::xml_node& link : api.children("link")) {
    header += fmt::format("{}<{}>; rel={}", header.empty() ? "" : ",",
                          link.attribute("href").value(), link.attribute("rel").value());
  }
  return header;
}

Content read_root(const Shown& shown) {
  Content content;
  content.links = link_header(show_api(content.document, shown));
  return content;
}

Content read_option(const std::string& name) {
  Content content;
  if (!show_option(content.document, name)) return fault_content(no_such_object());
  return content;
}

Content read_one(const Path& path, const std::string& names, Library& library) {
  const pugi::xml_node one = library.element(join_path(path));
  if (!one) return fault_content(no_such_object());
  Content content;
  const auto followed = follow(content.document.append_copy(one), names, library);
  return followed ? std::move(content) : fault_content(bad_request(followed.error().why));
}

}  // namespace

Content read(const Shown& shown, const Path& path, const QueryParameters& query) {
  if (path.empty()) return read_root(shown);
  if (path[0] == "options") return read_option(path[1]);
  const std::string names = parameter(query, "follow");
  Library library(shown);
  Content content;
  pugi::xml_node all = show_collection(content.document, shown, join_path(path));
  if (!all) return read_one(path, names, library);
  const auto narrowed = narrow(all, query, search_fields(all.name(), shown));
  if (!narrowed) return fault_content(bad_request(narrowed.error().why));
  const auto followed = follow_each(all, names, library);
  return followed ? std::move(content) : fault_content(bad_request(followed.error().why));
}

}  // namespace splitsite::reference
