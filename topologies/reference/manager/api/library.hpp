// What lies at each path of the API, for one request: collections are built when first asked for
// and looked up by id from then on, so that following a link from every VM costs a look, not a
// collection. Keeps pointers into what it was given; not for threads.
#pragma once

#include <map>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

#include "topologies/reference/manager/api/representation.hpp"

namespace splitsite::reference {

// Appends the collection at `path` ("vms", "clusters/<id>/affinitygroups") to `parent`; nothing if
// there is none.
pugi::xml_node show_collection(pugi::xml_node parent, const Shown& shown, const std::string& path);

class Library {
 public:
  explicit Library(const Shown& shown) : shown_(shown) {}

  // Both are empty if there is no such thing. `path` is relative to the API's root.
  pugi::xml_node collection(const std::string& path);
  pugi::xml_node element(const std::string& path);

 private:
  struct Shelf {
    pugi::xml_node collection;
    std::unordered_map<std::string_view, pugi::xml_node> by_id;
  };
  Shelf& shelf(const std::string& path);

  const Shown& shown_;
  pugi::xml_document document_;
  std::map<std::string, Shelf> shelves_;
};

}  // namespace splitsite::reference
