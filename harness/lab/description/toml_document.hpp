// A TOML file as a tree of values that each know their place in it. The only thing here that knows
// the TOML library; what the values mean is for StrictTable's users.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "harness/core/result.hpp"

namespace splitsite::description {

struct Place {
  unsigned line = 1;
  unsigned column = 1;
};

struct TomlValue;
using TomlList = std::vector<TomlValue>;

struct TomlTable {
  std::vector<std::pair<std::string, TomlValue>> entries;

  const TomlValue* find(std::string_view key) const;
};

struct TomlUnsupported {};  // dates and times: no data of ours has any

struct TomlValue {
  Place place;
  std::variant<TomlUnsupported, std::string, std::int64_t, double, bool, TomlList, TomlTable> data;
};

// Where and why a file was not understood; `hint` may be empty.
struct Complaint {
  Place place;
  std::string why;
  std::string hint;
};

// Invalid when the file is no TOML, Unavailable when it cannot be read. `what` names the kind of
// file in errors: "topology".
Result<TomlValue> read_toml_file(const std::string& what, const std::string& path);
Result<TomlValue> parse_toml(const std::string& what, const std::string& path,
                             const std::string& text);

// "could not load topology FILE:LINE:COL: why; hint"
Error to_error(const std::string& what, const std::string& path, const Complaint& complaint);

}  // namespace splitsite::description
