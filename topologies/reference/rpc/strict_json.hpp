// Reads one JSON object key by key and complains about every key that is missing, of the wrong
// type, or left over. Internal to the RPC codecs.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <type_traits>

#include "topologies/reference/rpc/host_stats.hpp"

namespace splitsite::reference::rpc {

class StrictObject {
 public:
  explicit StrictObject(const nlohmann::json& object) : object_(object) {
    if (!object.is_object()) complain("not an object");
  }

  template <class T>
  void take(const char* key, T& into) {
    const nlohmann::json* value = find(key);
    if (value != nullptr && !convert(*value, into)) complain(std::string("wrong type: ") + key);
  }
  void take(const char* key, VmId& into) {
    std::string text;
    take(key, text);
    into = VmId(text);
  }
  // A whole number of milliseconds.
  void take(const char* key, std::chrono::milliseconds& into) {
    std::int64_t count = 0;
    take(key, count);
    into = std::chrono::milliseconds(count);
  }
  // An object or array as it is.
  void take_object(const char* key, nlohmann::json& into) {
    if (const nlohmann::json* value = find(key)) into = *value;
  }
  // A word out of a closed set, `first` to `last`, named by to_string().
  template <class Enum>
  void take_word(const char* key, Enum& into, Enum first, Enum last) {
    std::string word;
    take(key, word);
    for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i) {
      if (word != to_string(static_cast<Enum>(i))) continue;
      into = static_cast<Enum>(i);
      return;
    }
    complain("unknown word for " + std::string(key) + ": " + word);
  }

  void complain(const std::string& what) {
    if (complaint_.empty()) complaint_ = what;
  }
  // Empty when every key was expected and right.
  std::string complaint() {
    if (!complaint_.empty()) return complaint_;
    for (const auto& entry : object_.items()) {
      if (taken_.count(entry.key()) == 0) return "unknown key: " + entry.key();
    }
    return {};
  }

 private:
  const nlohmann::json* find(const char* key) {
    if (!object_.is_object()) return nullptr;
    taken_.insert(key);
    const auto found = object_.find(key);
    if (found != object_.end()) return &*found;
    complain(std::string("missing key: ") + key);
    return nullptr;
  }

  template <class T>
  static bool convert(const nlohmann::json& value, T& into) {
    if constexpr (std::is_same_v<T, bool>) {
      if (!value.is_boolean()) return false;
    } else if constexpr (std::is_integral_v<T>) {
      if (!value.is_number_integer()) return false;
    } else if constexpr (std::is_floating_point_v<T>) {
      if (!value.is_number()) return false;
    } else {
      if (!value.is_string()) return false;
    }
    into = value.get<T>();
    return true;
  }

  const nlohmann::json& object_;
  std::set<std::string> taken_;
  std::string complaint_;
};

nlohmann::json to_json(const HostStats& stats);
nlohmann::json to_json(const SpmReport& report);
void read(StrictObject& in, HostStats& stats);
void read(StrictObject& in, SpmReport& report);

}  // namespace splitsite::reference::rpc
