// `follow=host.cluster,affinity_groups`: whole objects where references are, and collections where
// links are, to any depth (ovirt-engine restapi LinkFollower; names are those of the model's
// links).
#pragma once

#include <pugixml.hpp>
#include <string>

#include "harness/core/result.hpp"
#include "topologies/reference/manager/api/library.hpp"

namespace splitsite::reference {

// Follows in `object` and in what it leads to. A name that objects of that kind do not have is
// ErrorKind::Invalid; a reference this one lacks (a VM that is down has no host) is passed over.
Result<void> follow(pugi::xml_node object, const std::string& names, Library& library);

// The same for each element of a collection.
Result<void> follow_each(pugi::xml_node collection, const std::string& names, Library& library);

}  // namespace splitsite::reference
