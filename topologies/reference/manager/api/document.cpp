#include "topologies/reference/manager/api/document.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

namespace splitsite::reference {
namespace {

using Json = nlohmann::ordered_json;

constexpr int deepest_body = 32;

constexpr std::array<std::string_view, 6> dates = {"time",     "start_time",    "stop_time",
                                                   "end_time", "creation_time", "last_updated"};

// Texts that may be empty, where other empty elements are empty objects.
constexpr std::array<std::string_view, 4> texts = {"stop_reason", "description", "detail",
                                                   "comment"};

// Elements that repeat: arrays in JSON even when there is one of them. Their plurals hold nothing
// else, except in <summary>, where <vms> holds numbers.
constexpr std::array<std::string_view, 14> repeated = {"host",
                                                       "vm",
                                                       "cluster",
                                                       "data_center",
                                                       "storage_domain",
                                                       "affinity_group",
                                                       "affinity_label",
                                                       "scheduling_policy",
                                                       "step",
                                                       "event",
                                                       "job",
                                                       "user",
                                                       "system_option_value",
                                                       "link"};

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string plural_of(std::string name) {
  const bool in_y = name.ends_with('y');
  if (in_y) name.pop_back();
  return name + (in_y ? "ies" : "s");
}

bool repeats(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  if (!is_in(repeated, name)) return false;
  if (name == "link" || name == "system_option_value") return true;
  const std::string parent = node.parent().name();
  return parent == plural_of(std::string(name));
}

Json value_of(const pugi::xml_node& node) {
  const std::string text = node.text().as_string();
  const bool leaf = !node.first_attribute() &&
                    (!node.first_child() || node.first_child().type() == pugi::node_pcdata);
  if (leaf && is_in(dates, node.name())) return milliseconds_since_1970(text);
  if (leaf && (node.first_child() || is_in(texts, node.name()))) return text;
  Json object = Json::object();
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    if (repeats(child)) {
      object[child.name()].push_back(value_of(child));
    } else {
      object[child.name()] = value_of(child);
    }
  }
  for (const pugi::xml_attribute& attribute : node.attributes()) {
    object[attribute.name()] = attribute.as_string();
  }
  return object;
}

// False if `value` is nested deeper than any body of the API is: recursion must have an end.
bool append(pugi::xml_node parent, const std::string& name, const Json& value, int depth = 0) {
  if (depth > deepest_body) return false;
  if (value.is_array()) {
    return std::all_of(value.begin(), value.end(),
                       [&](const Json& each) { return append(parent, name, each, depth + 1); });
  }
  if (value.is_object()) {
    pugi::xml_node node = parent.append_child(name.c_str());
    for (const auto& [key, inner] : value.items()) {
      if (!append(node, key, inner, depth + 1)) return false;
    }
    return true;
  }
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (name == "id" || name == "href") {
    parent.append_attribute(name.c_str()) = text.c_str();
  } else if (!value.is_null()) {
    parent.append_child(name.c_str()).text() = text.c_str();
  }
  return true;
}

Error bad_body(std::string why) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "read the request's body",
               .subject = {},
               .why = std::move(why)};
}

}  // namespace

std::string to_xml(const pugi::xml_node& root) {
  std::ostringstream out;
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
  root.print(out, "    ");
  return out.str();
}

std::string to_json(const pugi::xml_node& root) { return value_of(root).dump(2) + "\n"; }

Result<pugi::xml_document> read_body(const std::string& body, bool is_json, const char* root) {
  pugi::xml_document document;
  if (body.find_first_not_of(" \t\r\n") == std::string::npos) return document;
  if (!is_json) {
    const auto parsed = document.load_buffer(body.data(), body.size());
    if (!parsed) return bad_body(parsed.description());
    const std::string_view found = document.document_element().name();
    if (found != root) return bad_body(fmt::format("<{}> instead of <{}>", found, root));
    return document;
  }
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return bad_body("not a JSON object");
  if (!append(document, root, json)) return bad_body("nested too deeply");
  return document;
}

std::string format_time(std::chrono::system_clock::time_point time) {
  const auto whole = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(whole);
  return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (whole - seconds).count());
}

long long milliseconds_since_1970(const std::string& time) {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0, milli = 0;
  if (std::sscanf(time.c_str(), "%4d-%2u-%2uT%2u:%2u:%2u.%3uZ", &year, &month, &day, &hour, &minute,
                  &second, &milli) != 7) {
    return 0;
  }
  using namespace std::chrono;
  const sys_days date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return duration_cast<milliseconds>(date.time_since_epoch() + hours(hour) + minutes(minute) +
                                     seconds(second) + milliseconds(milli))
      .count();
}

}  // namespace splitsite::reference
