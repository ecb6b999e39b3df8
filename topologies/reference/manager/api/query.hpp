// What a request asks of a collection: search, max, from (events), applied to its elements.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <pugixml.hpp>
#include <string>
#include <vector>

#include "harness/core/result.hpp"

namespace splitsite::reference {

using QueryParameters = std::multimap<std::string, std::string>;

// What the elements of a collection can be searched by: oVirt's field names, in lower case.
struct SearchFields {
  std::vector<std::string> names;
  std::function<std::string(const pugi::xml_node& element, const std::string& name)> value;
  std::chrono::sys_days today{};
};

// Removes from `collection` what was not asked for. Supported of oVirt's query language:
// conditions with = != < > <= >= joined by `and`, `or` or nothing (which binds in this order), `*`
// in values, one word without a condition (found anywhere), `sortby field asc|desc`, `page n`
// (`max` each). Case matters only with case_sensitive=true. What cannot be understood is
// ErrorKind::Invalid with oVirt's name of the mistake (searchbackend SyntaxError): HTTP 400. `max`
// and `from` that are no numbers are ignored, as in oVirt (ParametersHelper).
Result<void> narrow(pugi::xml_node collection, const QueryParameters& query,
                    const SearchFields& fields);

// The first value, or the given one.
std::string parameter(const QueryParameters& query, const std::string& name,
                      const std::string& absent = {});
// oVirt's spellings of true: true, t, yes, y, 1 and the parameter without a value.
bool is_set(const QueryParameters& query, const std::string& name);

}  // namespace splitsite::reference
