// Reads one table of a file made by people: every key known, every value of its type and in its
// range, or a complaint that says where, what was expected and what was probably meant. The first
// complaint is kept; after it reads return defaults, so that loaders need no error path of their
// own and ask once at the end.
#pragma once

#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/lab/description/toml_document.hpp"

namespace splitsite::description {

using Words = std::vector<std::string_view>;

class Complaints {
 public:
  void add(Place place, std::string why, std::string hint = {});
  const std::optional<Complaint>& first() const { return first_; }

 private:
  std::optional<Complaint> first_;
};

// "did you mean \"role\"?", or the list of what there is when nothing is near.
std::string suggestion(std::string_view wrong, const Words& known);

class StrictTable {
 public:
  // `title` is how complaints name the table: "[[host]]". Both references must outlive this.
  StrictTable(const TomlValue& table, std::string title, Words keys, Complaints& complaints);

  std::string text(std::string_view key);  // not empty
  std::string text_or(std::string_view key, std::string otherwise);
  std::string_view word(std::string_view key, const Words& words);  // one of `words`
  std::vector<std::string> texts(std::string_view key);             // a list of text
  int whole(std::string_view key, int lowest, int highest, std::string_view unit = {});
  int whole_or(std::string_view key, int lowest, int highest, int otherwise,
               std::string_view unit = {});
  double number(std::string_view key, double lowest, double highest, std::string_view unit = {});
  double number_or(std::string_view key, double lowest, double highest, double otherwise,
                   std::string_view unit = {});
  bool flag(std::string_view key);
  bool flag_or(std::string_view key, bool otherwise);

  bool has(std::string_view key) const { return find(key) != nullptr; }
  // Whether there is a list under the key: what [[key]] makes of it.
  bool has_list(std::string_view key) const;
  const std::string& title() const { return title_; }
  // Where a key stands; the table itself when it is not there.
  Place place(std::string_view key) const;
  // Where item `index` of a list stands.
  Place place(std::string_view key, std::size_t index) const;
  Place place() const { return value_.place; }
  void complain(std::string_view key, std::string why, std::string hint = {});

  // The table under `key`, written as [key]; must be there.
  StrictTable table(std::string_view key, Words keys);
  // The tables written as [[key]]; none is an empty list.
  std::vector<StrictTable> tables(std::string_view key, const Words& keys);

 private:
  const TomlValue* find(std::string_view key) const;
  const TomlValue* require(std::string_view key);
  int read_whole(const TomlValue& value, std::string_view key, int lowest, int highest,
                 std::string_view unit);
  double read_number(const TomlValue& value, std::string_view key, double lowest, double highest,
                     std::string_view unit);

  const TomlValue& value_;
  const TomlTable& table_;
  std::string title_;
  Complaints* complaints_;
};

}  // namespace splitsite::description
