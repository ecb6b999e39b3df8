// The API's ids: UUIDs made from names (RFC 4122 version 5), so that an object keeps its id over a
// restart of the Manager and has the same one in every lab.
#pragma once

#include <string>
#include <string_view>

namespace splitsite::reference {

// `kind` is the element's name: "host", "vm", "affinity_group".
std::string object_id(std::string_view kind, std::string_view name);

}  // namespace splitsite::reference
