// What a request asks of a collection: search, max, from (events), applied to its elements.
#pragma once

#include <map>
#include <pugixml.hpp>
#include <string>

#include "harness/core/result.hpp"

namespace splitsite::reference {

using QueryParameters = std::multimap<std::string, std::string>;

// Removes from `collection` what was not asked for. Supported of oVirt's query language:
// `key=value` and `key!=value` joined by `and` or `or` (left to right), `*` in values,
// `sortby key asc|desc`, `page n` (100 each). A key is a child element's name; "type" is an event's
// code. Case matters only with case_sensitive=true. ErrorKind::Invalid: HTTP 400.
Result<void> narrow(pugi::xml_node collection, const QueryParameters& query);

// The first value, or the given one.
std::string parameter(const QueryParameters& query, const std::string& name,
                      const std::string& absent = {});

}  // namespace splitsite::reference
