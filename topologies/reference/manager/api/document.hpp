// XML as oVirt prints it, and the same document in oVirt's JSON, so that every representation is
// written once. JSON's rules (ovirt-engine-api-model, A01-PrimitiveTypes and the Cluster sample):
// booleans and integers are strings, dates are milliseconds since 1970 as numbers, a collection is
// {"vm":[…]} and an empty one {}, id and href are fields.
#pragma once

#include <chrono>
#include <pugixml.hpp>
#include <string>

#include "harness/core/result.hpp"

namespace splitsite::reference {

// With declaration, indented by four.
std::string to_xml(const pugi::xml_node& root);
std::string to_json(const pugi::xml_node& root);

// A request's body; JSON becomes the same tree under an element named `root`. An empty body is an
// empty document. ErrorKind::Invalid if it is neither, or XML with another root.
Result<pugi::xml_document> read_body(const std::string& body, bool is_json, const char* root);

// "2026-11-21T09:00:00.123Z"; what is no such text is 0.
std::string format_time(std::chrono::system_clock::time_point time);
long long milliseconds_since_1970(const std::string& time);

}  // namespace splitsite::reference
