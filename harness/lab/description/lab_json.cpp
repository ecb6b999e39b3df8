// lab.json, written and read by the same list of fields.
#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <type_traits>

#include "harness/lab/description/lab_config.hpp"
#include "harness/lab/description/lab_fields.hpp"

namespace splitsite {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

std::string_view word(SiteRole value) { return to_string(value); }
std::string_view word(NodeRole value) { return to_string(value); }
std::string_view word(DeadSpm value) { return to_string(value); }
std::string_view word(OnHostError value) { return to_string(value); }
std::string_view word(MigrationMode value) { return to_string(value); }
std::string_view word(VmsRule value) { return to_string(value); }
std::string_view word(ResumeBehaviour value) { return to_string(value); }
std::string_view word(LinkKind kind) { return kind == LinkKind::Site ? "site" : "replication"; }

constexpr SiteRole last_of(SiteRole) { return SiteRole::Third; }
constexpr NodeRole last_of(NodeRole) { return NodeRole::Witness; }
constexpr DeadSpm last_of(DeadSpm) { return DeadSpm::Stuck; }
constexpr OnHostError last_of(OnHostError) { return OnHostError::MigrateHighlyAvailable; }
constexpr MigrationMode last_of(MigrationMode) { return MigrationMode::Pinned; }
constexpr VmsRule last_of(VmsRule) { return VmsRule::Negative; }
constexpr ResumeBehaviour last_of(ResumeBehaviour) { return ResumeBehaviour::Kill; }
constexpr LinkKind last_of(LinkKind) { return LinkKind::Replication; }

template <class T>
constexpr bool is_id = false;
template <class Tag>
constexpr bool is_id<Id<Tag>> = true;
template <class T>
constexpr bool is_list = false;
template <class T>
constexpr bool is_list<std::vector<T>> = true;
template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;

class Writer {
 public:
  template <class T>
  void operator()(const char* key, const T& value) {
    object_[key] = json(value);
  }
  template <class T>
  void operator()(const char* key, const T& value, description::MayBeMissing) {
    object_[key] = json(value);
  }
  template <class T>
  static Json json(const T& value) {
    if constexpr (is_id<T>) {
      return value.str();
    } else if constexpr (std::is_enum_v<T>) {
      return std::string(word(value));
    } else if constexpr (std::same_as<T, milliseconds>) {
      return value.count();
    } else if constexpr (std::same_as<T, Duration>) {
      return duration_cast<microseconds>(value).count();
    } else if constexpr (is_list<T>) {
      Json list = Json::array();
      for (const auto& item : value) list.push_back(json(item));
      return list;
    } else if constexpr (is_optional<T>) {
      return value ? json(*value) : Json(nullptr);
    } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string>) {
      return value;
    } else {
      Writer inner;
      description::fields(inner, value);
      return inner.object_;
    }
  }

 private:
  Json object_ = Json::object();
};

// Reads one object. The first complaint is kept with the path to the value it is about.
class Reader {
 public:
  Reader(const Json& object, std::string path, std::string& complaint)
      : object_(object), path_(std::move(path)), complaint_(complaint) {}

  template <class T>
  void operator()(const char* key, T& value) {
    known_.insert(key);
    const auto found = object_.find(key);
    if (found == object_.end()) return complain(at(key), "is missing");
    read(*found, at(key), value);
  }
  template <class T>
  void operator()(const char* key, T& value, description::MayBeMissing) {
    if (object_.contains(key)) return (*this)(key, value);
    known_.insert(key);
  }
  void refuse_unknown_keys() {
    for (const auto& entry : object_.items()) {
      if (known_.count(entry.key()) == 0) complain(at(entry.key()), "is not a known key");
    }
  }
  template <class T>
  void read(const Json& json, const std::string& path, T& value) {
    if constexpr (is_id<T>) {
      if (!json.is_string()) return complain(path, "is not text");
      value = T(json.template get<std::string>());
    } else if constexpr (std::is_enum_v<T>) {
      read_word(json, path, value);
    } else if constexpr (std::same_as<T, milliseconds>) {
      value = milliseconds(read_count(json, path));
    } else if constexpr (std::same_as<T, Duration>) {
      value = microseconds(read_count(json, path));
    } else if constexpr (std::same_as<T, bool>) {
      if (!json.is_boolean()) return complain(path, "is not true or false");
      value = json.template get<bool>();
    } else if constexpr (std::floating_point<T>) {
      if (!json.is_number()) return complain(path, "is not a number");
      value = json.template get<T>();
    } else if constexpr (std::integral<T>) {
      const std::int64_t whole = read_integer(json, path);
      if (!std::in_range<T>(whole)) return complain(path, "is out of range");
      value = static_cast<T>(whole);
    } else if constexpr (std::same_as<T, std::string>) {
      if (!json.is_string()) return complain(path, "is not text");
      value = json.template get<std::string>();
    } else if constexpr (is_list<T>) {
      read_list(json, path, value);
    } else if constexpr (is_optional<T>) {
      if (json.is_null()) return;
      typename T::value_type present;
      read(json, path, present);
      value = std::move(present);
    } else {
      if (!json.is_object()) return complain(path, "is not an object");
      Reader inner(json, path, complaint_);
      description::fields(inner, value);
      inner.refuse_unknown_keys();
    }
  }

 private:
  std::string at(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }
  void complain(const std::string& path, std::string_view what) {
    if (complaint_.empty()) complaint_ = fmt::format("{} {}", path, what);
  }
  std::int64_t read_integer(const Json& json, const std::string& path) {
    if (!json.is_number_integer()) complain(path, "is not a whole number");
    return json.is_number_integer() ? json.get<std::int64_t>() : 0;
  }
  std::int64_t read_count(const Json& json, const std::string& path) {
    const std::int64_t count = read_integer(json, path);
    // A day: more is a mistake, and would overflow once it is nanoseconds.
    if (count < 0 || count > 86'400'000'000) complain(path, "is not a time between 0 and a day");
    return complaint_.empty() ? count : 0;
  }
  template <class Enum>
  void read_word(const Json& json, const std::string& path, Enum& value) {
    for (int i = 0; json.is_string() && i <= static_cast<int>(last_of(Enum{})); ++i) {
      if (json != std::string(word(static_cast<Enum>(i)))) continue;
      value = static_cast<Enum>(i);
      return;
    }
    complain(path, "is not one of its words");
  }
  template <class Item>
  void read_list(const Json& json, const std::string& path, std::vector<Item>& list) {
    if (!json.is_array()) return complain(path, "is not a list");
    list.clear();
    for (const Json& item : json) {
      list.emplace_back();
      read(item, fmt::format("{}[{}]", path, list.size() - 1), list.back());
    }
  }

  const Json& object_;
  std::string path_;
  std::string& complaint_;
  std::set<std::string> known_;
};

}  // namespace

std::string to_json(const LabConfig& config) { return Writer::json(config).dump(2) + "\n"; }

Result<LabConfig> lab_config_from_json(const std::string& text) {
  const Error error{.kind = ErrorKind::Invalid, .attempted = "read the lab description"};
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::string complaint;
  LabConfig config;
  if (!json.is_object()) {
    complaint = "it is not a JSON object";
  } else {
    Reader(json, "", complaint).read(json, "", config);
  }
  if (complaint.empty()) return config;
  Error result = error;
  result.why = complaint;
  return result;
}

Result<LabConfig> read_lab_config(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || !text) {
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "read the lab description",
                 .subject = path,
                 .why = errno_text(errno)};
  }
  auto config = lab_config_from_json(text.str());
  if (config) return config;
  Error error = config.error();
  error.subject = path;
  return error;
}

}  // namespace splitsite
