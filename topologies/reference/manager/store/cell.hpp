// One value of the Manager's state as SQLite keeps it, and back. Numbers, texts, names of states
// and wall-clock times are columns of their own type; structs and lists inside a row are JSON.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>

#include "topologies/reference/manager/core/time_base.hpp"
#include "topologies/reference/manager/store/enum_names.hpp"
#include "topologies/reference/manager/store/kept_types.hpp"

namespace splitsite::reference::store {

using Json = nlohmann::ordered_json;
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

// What is in the database cannot be read back; never leaves the store (it becomes an Error).
struct Unreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class M>
constexpr const char* sql_type() {
  if constexpr (Optional<M>) {
    return sql_type<typename M::value_type>();
  } else if constexpr (std::integral<M> || std::same_as<M, Instant>) {
    return "INTEGER";
  } else if constexpr (std::floating_point<M>) {
    return "REAL";
  } else {
    return "TEXT";
  }
}

template <class M>
Json to_json(const M& value, const TimeBase& time);
template <class M>
void from_json(const Json& json, M& value, const TimeBase& time);

// Times are microseconds of the Unix epoch.
template <class M>
Cell to_cell(const M& value, const TimeBase& time) {
  if constexpr (Optional<M>) {
    return value ? to_cell(*value, time) : Cell();
  } else if constexpr (Compound<M>) {
    return to_json(value, time).dump();
  } else if constexpr (std::integral<M>) {
    return static_cast<std::int64_t>(value);
  } else if constexpr (std::floating_point<M>) {
    return static_cast<double>(value);
  } else if constexpr (std::same_as<M, Instant>) {
    const auto since_epoch = time.wall_at(value).time_since_epoch();
    return std::int64_t{std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count()};
  } else if constexpr (Name<M>) {
    return value.str();
  } else if constexpr (std::is_enum_v<M>) {
    return std::string(name_of(value));
  } else {
    return value;
  }
}

template <class C>
const C& expect(const Cell& cell) {
  if (const C* found = std::get_if<C>(&cell)) return *found;
  throw Unreadable("a value of another type was expected");
}

template <class M>
void from_cell(const Cell& cell, M& value, const TimeBase& time) {
  if constexpr (Optional<M>) {
    value.reset();
    if (!std::holds_alternative<std::monostate>(cell)) from_cell(cell, value.emplace(), time);
  } else if constexpr (Compound<M>) {
    from_json(Json::parse(expect<std::string>(cell)), value, time);
  } else if constexpr (std::integral<M>) {
    value = static_cast<M>(expect<std::int64_t>(cell));
  } else if constexpr (std::floating_point<M>) {
    value = static_cast<M>(expect<double>(cell));
  } else if constexpr (std::same_as<M, Instant>) {
    const std::chrono::microseconds since_epoch(expect<std::int64_t>(cell));
    value = time.monotonic_at(std::chrono::system_clock::time_point(since_epoch));
  } else if constexpr (std::is_enum_v<M>) {
    const auto named = value_of<M>(expect<std::string>(cell));
    if (!named) throw Unreadable("\"" + expect<std::string>(cell) + "\" is not known");
    value = *named;
  } else {
    value = M(expect<std::string>(cell));
  }
}

template <class M>
Json to_json(const M& value, const TimeBase& time) {
  if constexpr (List<M>) {
    Json list = Json::array();
    for (const auto& entry : value) list.push_back(to_json(entry, time));
    return list;
  } else if constexpr (HasFields<M>) {
    Json object = Json::object();
    for_each_kept<M>(
        [&](const auto& field) { object[field.name] = to_json(value.*field.member, time); });
    return object;
  } else {
    return std::visit(
        [](const auto& cell) -> Json {
          if constexpr (std::same_as<std::decay_t<decltype(cell)>, std::monostate>)
            return nullptr;
          else
            return cell;
        },
        to_cell(value, time));
  }
}

inline Cell cell_of(const Json& json) {
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_null()) return {};
  return json.dump();  // a struct or list inside an optional
}

template <class M>
void from_json(const Json& json, M& value, const TimeBase& time) {
  if constexpr (List<M>) {
    value.clear();
    for (const Json& entry : json) {
      typename M::value_type read{};
      from_json(entry, read, time);
      value.insert(value.end(), std::move(read));
    }
  } else if constexpr (HasFields<M>) {
    for_each_kept<M>(
        [&](const auto& field) { from_json(json.at(field.name), value.*field.member, time); });
  } else {
    from_cell(cell_of(json), value, time);
  }
}

}  // namespace splitsite::reference::store
