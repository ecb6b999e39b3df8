#include "harness/lab/description/toml_document.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <cerrno>
#include <fstream>
#include <sstream>

namespace splitsite::description {
namespace {

Place place_of(const toml::source_region& region) {
  return {static_cast<unsigned>(region.begin.line), static_cast<unsigned>(region.begin.column)};
}

TomlValue convert(const toml::node& node);

TomlTable convert_table(const toml::table& table) {
  TomlTable result;
  for (const auto& [key, value] : table) {
    TomlValue converted = convert(value);
    // Where the reader looks for it: at the key, not at the value behind it.
    converted.place = place_of(key.source());
    result.entries.emplace_back(std::string(key.str()), std::move(converted));
  }
  return result;
}

TomlList convert_list(const toml::array& list) {
  TomlList result;
  for (const toml::node& item : list) result.push_back(convert(item));
  return result;
}

TomlValue convert(const toml::node& node) {
  TomlValue value{.place = place_of(node.source()), .data = {}};
  if (const auto* table = node.as_table()) value.data = convert_table(*table);
  if (const auto* list = node.as_array()) value.data = convert_list(*list);
  if (const auto* text = node.as_string()) value.data = text->get();
  if (const auto* whole = node.as_integer()) value.data = whole->get();
  if (const auto* number = node.as_floating_point()) value.data = number->get();
  if (const auto* flag = node.as_boolean()) value.data = flag->get();
  return value;
}

}  // namespace

const TomlValue* TomlTable::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

Error to_error(const std::string& what, const std::string& path, const Complaint& complaint) {
  return Error{
      .kind = ErrorKind::Invalid,
      .attempted = "load " + what,
      .subject = fmt::format("{}:{}:{}", path, complaint.place.line, complaint.place.column),
      .why = complaint.why,
      .hint = complaint.hint};
}

Result<TomlValue> parse_toml(const std::string& what, const std::string& path,
                             const std::string& text) {
  try {  // the library's border: it reports by exception
    const toml::table table = toml::parse(text);
    return TomlValue{.place = {}, .data = convert_table(table)};
  } catch (const toml::parse_error& error) {
    return to_error(
        what, path,
        {.place = place_of(error.source()), .why = std::string(error.description()), .hint = {}});
  }
}

Result<TomlValue> read_toml_file(const std::string& what, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || !text) {
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "load " + what,
                 .subject = path,
                 .why = errno_text(errno)};
  }
  return parse_toml(what, path, text.str());
}

}  // namespace splitsite::description
