#include "harness/lab/description/strict_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>

namespace splitsite::description {
namespace {

// How many letters must be changed, added or taken away to make one of the other.
std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const bool same = std::tolower(static_cast<unsigned char>(left[i - 1])) ==
                        std::tolower(static_cast<unsigned char>(right[j - 1]));
      const std::size_t replaced = diagonal + (same ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

std::string range(double lowest, double highest, std::string_view unit) {
  return fmt::format("{} … {}{}{}", lowest, highest, unit.empty() ? "" : " ", unit);
}

std::string_view name_of_type(const TomlValue& value) {
  static constexpr std::string_view names[] = {"a date or time", "text",          "a whole number",
                                               "a fraction",     "true or false", "a list",
                                               "a table of keys"};
  return names[value.data.index()];
}

const TomlTable& as_table(const TomlValue& value) {
  static const TomlTable none;
  const auto* table = std::get_if<TomlTable>(&value.data);
  return table != nullptr ? *table : none;
}

}  // namespace

void Complaints::add(Place place, std::string why, std::string hint) {
  if (!first_) first_ = {place, std::move(why), std::move(hint)};
}

std::string suggestion(std::string_view wrong, const Words& known) {
  if (known.empty()) return {};
  for (const std::string_view word : known) {
    const bool begins_it = wrong.size() >= 3 && word.substr(0, wrong.size()) == wrong;
    if (begins_it) return fmt::format("did you mean \"{}\"?", word);
  }
  const auto nearest = std::min_element(known.begin(), known.end(), [&](auto left, auto right) {
    return edit_distance(wrong, left) < edit_distance(wrong, right);
  });
  const std::size_t distance = edit_distance(wrong, *nearest);
  // Short names are near to everything: half of the letters must be right.
  if (distance <= 3 && distance * 2 <= nearest->size()) {
    return fmt::format("did you mean \"{}\"?", *nearest);
  }
  return fmt::format("known here: {}", fmt::join(known, ", "));
}

StrictTable::StrictTable(const TomlValue& table, std::string title, Words keys,
                         Complaints& complaints)
    : value_(table), table_(as_table(table)), title_(std::move(title)), complaints_(&complaints) {
  for (const auto& [key, value] : table_.entries) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    complaints_->add(value.place, fmt::format("{} has no key \"{}\"", title_, key),
                     suggestion(key, keys));
  }
}

const TomlValue* StrictTable::find(std::string_view key) const { return table_.find(key); }

bool StrictTable::has_list(std::string_view key) const {
  const TomlValue* value = find(key);
  return value != nullptr && std::holds_alternative<TomlList>(value->data);
}

Place StrictTable::place(std::string_view key) const {
  const TomlValue* value = find(key);
  return value != nullptr ? value->place : value_.place;
}

Place StrictTable::place(std::string_view key, std::size_t index) const {
  const TomlValue* value = find(key);
  const auto* list = value != nullptr ? std::get_if<TomlList>(&value->data) : nullptr;
  return list != nullptr && index < list->size() ? (*list)[index].place : place(key);
}

void StrictTable::complain(std::string_view key, std::string why, std::string hint) {
  complaints_->add(place(key), std::move(why), std::move(hint));
}

const TomlValue* StrictTable::require(std::string_view key) {
  const TomlValue* value = find(key);
  if (value == nullptr) {
    complaints_->add(value_.place, fmt::format("{} lacks the key \"{}\"", title_, key));
  }
  return value;
}

std::string StrictTable::text(std::string_view key) {
  const TomlValue* value = require(key);
  if (value == nullptr) return {};
  const auto* text = std::get_if<std::string>(&value->data);
  if (text == nullptr) {
    complain(key, fmt::format("{} must be text in quotes, not {}", key, name_of_type(*value)));
    return {};
  }
  if (text->empty()) complain(key, fmt::format("{} must not be empty", key));
  return *text;
}

std::string StrictTable::text_or(std::string_view key, std::string otherwise) {
  return has(key) ? text(key) : otherwise;
}

std::string_view StrictTable::word(std::string_view key, const Words& words) {
  const std::string found = text(key);
  const auto known = std::find(words.begin(), words.end(), found);
  if (known != words.end()) return *known;
  complain(key,
           fmt::format("{} must be one of {}, not \"{}\"", key, fmt::join(words, ", "), found));
  return words.front();
}

std::vector<std::string> StrictTable::texts(std::string_view key) {
  const TomlValue* value = require(key);
  if (value == nullptr) return {};
  const auto* list = std::get_if<TomlList>(&value->data);
  if (list == nullptr) {
    complain(key, fmt::format("{} must be a list of text, not {}", key, name_of_type(*value)));
    return {};
  }
  std::vector<std::string> result;
  for (const TomlValue& item : *list) {
    if (const auto* text = std::get_if<std::string>(&item.data)) {
      result.push_back(*text);
    } else {
      complaints_->add(item.place, fmt::format("{} must be a list of text; this one is {}", key,
                                               name_of_type(item)));
    }
  }
  return result;
}

int StrictTable::whole(std::string_view key, int lowest, int highest, std::string_view unit) {
  const TomlValue* value = require(key);
  return value != nullptr ? read_whole(*value, key, lowest, highest, unit) : lowest;
}

int StrictTable::whole_or(std::string_view key, int lowest, int highest, int otherwise,
                          std::string_view unit) {
  return has(key) ? whole(key, lowest, highest, unit) : otherwise;
}

int StrictTable::read_whole(const TomlValue& value, std::string_view key, int lowest, int highest,
                            std::string_view unit) {
  const auto* whole = std::get_if<std::int64_t>(&value.data);
  if (whole == nullptr) {
    complain(key, fmt::format("{} must be a whole number, {}; this is {}", key,
                              range(lowest, highest, unit), name_of_type(value)));
    return lowest;
  }
  if (*whole < lowest || *whole > highest) {
    complain(key, fmt::format("{} must be {}, not {}", key, range(lowest, highest, unit), *whole));
    return lowest;
  }
  return static_cast<int>(*whole);
}

double StrictTable::number(std::string_view key, double lowest, double highest,
                           std::string_view unit) {
  const TomlValue* value = require(key);
  return value != nullptr ? read_number(*value, key, lowest, highest, unit) : lowest;
}

double StrictTable::number_or(std::string_view key, double lowest, double highest, double otherwise,
                              std::string_view unit) {
  return has(key) ? number(key, lowest, highest, unit) : otherwise;
}

double StrictTable::read_number(const TomlValue& value, std::string_view key, double lowest,
                                double highest, std::string_view unit) {
  std::optional<double> number;
  if (const auto* whole = std::get_if<std::int64_t>(&value.data)) {
    number = static_cast<double>(*whole);
  }
  if (const auto* real = std::get_if<double>(&value.data)) number = *real;
  if (!number) {
    complain(key, fmt::format("{} must be a number, {}; this is {}", key,
                              range(lowest, highest, unit), name_of_type(value)));
    return lowest;
  }
  if (!(*number >= lowest && *number <= highest)) {  // so that "nan" is refused too
    complain(key, fmt::format("{} must be {}, not {}", key, range(lowest, highest, unit), *number));
    return lowest;
  }
  return *number;
}

bool StrictTable::flag(std::string_view key) {
  const TomlValue* value = require(key);
  if (value == nullptr) return false;
  if (const auto* flag = std::get_if<bool>(&value->data)) return *flag;
  complain(key, fmt::format("{} must be true or false, not {}", key, name_of_type(*value)));
  return false;
}

bool StrictTable::flag_or(std::string_view key, bool otherwise) {
  return has(key) ? flag(key) : otherwise;
}

StrictTable StrictTable::table(std::string_view key, Words keys) {
  static const TomlValue none{.place = {}, .data = TomlTable{}};
  const std::string title = fmt::format("[{}]", key);
  const TomlValue* value = find(key);
  if (value == nullptr) complaints_->add(value_.place, fmt::format("there is no {}", title));
  if (value != nullptr && !std::holds_alternative<TomlTable>(value->data)) {
    complain(key, fmt::format("{} must be a table of keys, written {}; this is {}", key, title,
                              name_of_type(*value)));
  }
  return StrictTable(value != nullptr ? *value : none, title, std::move(keys), *complaints_);
}

std::vector<StrictTable> StrictTable::tables(std::string_view key, const Words& keys) {
  std::vector<StrictTable> result;
  const TomlValue* value = find(key);
  if (value == nullptr) return result;
  const std::string title = fmt::format("[[{}]]", key);
  const auto* list = std::get_if<TomlList>(&value->data);
  if (list == nullptr) {
    complain(key, fmt::format("{} must be a list of tables, each written {}; this is {}", key,
                              title, name_of_type(*value)));
    return result;
  }
  for (const TomlValue& item : *list) {
    if (!std::holds_alternative<TomlTable>(item.data)) {
      complaints_->add(item.place, fmt::format("{} must be a list of tables, each written {}; "
                                               "this is {}",
                                               key, title, name_of_type(item)));
      continue;
    }
    result.emplace_back(item, title, keys, *complaints_);
  }
  return result;
}

}  // namespace splitsite::description
