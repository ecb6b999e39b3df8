// The arguments of one request, read by name, type and range. An argument that is missing, of the
// wrong type, out of range, or that nobody asked for, is one clear Error of kind Invalid.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/core/result.hpp"

namespace splitsite::agent {

struct Range {
  std::int64_t least = 0;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

class Arguments {
 public:
  // `op` is named in the errors; `object` outlives the arguments.
  Arguments(std::string op, const nlohmann::json& object) : op_(std::move(op)), object_(object) {}

  Result<std::string> text(const char* name);                // not empty
  Result<std::vector<std::string>> texts(const char* name);  // none of them empty
  Result<std::int64_t> whole(const char* name, Range range);
  Result<std::int64_t> whole_or(const char* name, std::int64_t otherwise, Range range);
  Result<double> number_or(const char* name, double otherwise);
  Result<nlohmann::json> object(const char* name);
  bool has(const char* name) const { return object_.contains(name); }
  // Last: refuses arguments that were not read, because a typing error must not pass as a default.
  Result<void> nothing_else() const;

 private:
  Error invalid(const char* name, const std::string& why) const;

  std::string op_;
  const nlohmann::json& object_;
  std::set<std::string> read_;
};

}  // namespace splitsite::agent
