#include "harness/agent/arguments.hpp"

#include <fmt/format.h>

namespace splitsite::agent {

Error Arguments::invalid(const char* name, const std::string& why) const {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "understand the arguments of",
               .subject = op_,
               .why = fmt::format("\"{}\" {}", name, why)};
}

Result<std::string> Arguments::text(const char* name) {
  read_.insert(name);
  const auto found = object_.find(name);
  if (found == object_.end()) return invalid(name, "is missing");
  if (!found->is_string())
    return invalid(name, fmt::format("is a {}, not text", found->type_name()));
  auto value = found->get<std::string>();
  if (value.empty()) return invalid(name, "is empty");
  return value;
}

Result<std::vector<std::string>> Arguments::texts(const char* name) {
  read_.insert(name);
  const auto found = object_.find(name);
  if (found == object_.end()) return invalid(name, "is missing");
  std::vector<std::string> values;
  for (const auto& value : *found) {
    if (value.is_string()) values.push_back(value.get<std::string>());
    if (!value.is_string() || values.back().empty()) {
      return invalid(name, fmt::format("has {}, not a text", value.dump()));
    }
  }
  if (!found->is_array()) return invalid(name, fmt::format("is {}, not a list", found->dump()));
  return values;
}

Result<std::int64_t> Arguments::whole(const char* name, Range range) {
  read_.insert(name);
  const auto found = object_.find(name);
  if (found == object_.end()) return invalid(name, "is missing");
  if (!found->is_number_integer()) {
    return invalid(name, fmt::format("is {}, not a whole number", found->dump()));
  }
  const bool too_large = found->is_number_unsigned() &&
                         found->get<std::uint64_t>() > static_cast<std::uint64_t>(range.most);
  const auto value = found->get<std::int64_t>();
  if (too_large || value < range.least || value > range.most) {
    return invalid(
        name, fmt::format("is {}, allowed are {} to {}", found->dump(), range.least, range.most));
  }
  return value;
}

Result<std::int64_t> Arguments::whole_or(const char* name, std::int64_t otherwise, Range range) {
  if (has(name)) return whole(name, range);
  return otherwise;
}

Result<double> Arguments::number_or(const char* name, double otherwise) {
  read_.insert(name);
  const auto found = object_.find(name);
  if (found == object_.end()) return otherwise;
  if (!found->is_number()) return invalid(name, fmt::format("is {}, not a number", found->dump()));
  return found->get<double>();
}

Result<nlohmann::json> Arguments::object(const char* name) {
  read_.insert(name);
  const auto found = object_.find(name);
  if (found == object_.end()) return invalid(name, "is missing");
  if (!found->is_object()) return invalid(name, fmt::format("is a {}", found->type_name()));
  return *found;
}

Result<void> Arguments::nothing_else() const {
  for (const auto& [name, value] : object_.items()) {
    if (!read_.contains(name)) return invalid(name.c_str(), "is no argument of it");
  }
  return success();
}

}  // namespace splitsite::agent
