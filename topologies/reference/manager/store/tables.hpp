// The database's tables, made from the lists of kept fields: one table for each kept field of
// ClusterState, with one row for each element, or with one row in all for a plain struct.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "topologies/reference/manager/store/cell.hpp"

namespace splitsite::reference::store {

template <class M>
concept Map = List<M> && requires {
  typename M::mapped_type;
};

// What one row of the table of a field of type M is.
template <class M>
struct RowOf {
  using type = M;
};
template <List M>
struct RowOf<M> {
  using type = typename M::value_type;
};
template <Map M>
struct RowOf<M> {
  using type = typename M::mapped_type;
};
template <class M>
using Row = typename RowOf<M>::type;

struct Column {
  std::string name;
  std::string type;
};

template <HasFields T>
std::vector<Column> columns_of() {
  std::vector<Column> columns;
  for_each_kept<T>([&]<class M>(const Kept<T, M>& field) {
    columns.push_back({field.name, std::string(sql_type<M>()) + (Optional<M> ? "" : " NOT NULL")});
  });
  return columns;
}

// The first kept field of a list's elements is their key. A plain struct's row is the only one.
template <class M>
std::string create_table(const std::string& name) {
  const auto columns = columns_of<Row<M>>();
  std::string text = fmt::format("CREATE TABLE {} (\n", name);
  if (!List<M>) text += "  id INTEGER PRIMARY KEY CHECK (id = 1),\n";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool key = List<M> && i == 0;
    text += fmt::format("  {} {}{}{}\n", columns[i].name, columns[i].type,
                        key ? " PRIMARY KEY" : "", i + 1 < columns.size() ? "," : "");
  }
  return text + ") STRICT;\n";
}

template <class M>
std::string insert_row(const std::string& name) {
  std::string names = List<M> ? "" : "id";
  std::string places = List<M> ? "" : "1";
  std::string updates;
  bool key = List<M>;
  for (const Column& column : columns_of<Row<M>>()) {
    const std::string separator = names.empty() ? "" : ", ";
    names += separator + column.name;
    places += separator + "?";
    if (!std::exchange(key, false)) {
      updates +=
          fmt::format("{}{} = excluded.{}", updates.empty() ? "" : ", ", column.name, column.name);
    }
  }
  const std::string key_name = List<M> ? columns_of<Row<M>>().front().name : "id";
  // An update keeps the row's place, so that lists come back in their order.
  return fmt::format("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}", name,
                     names, places, key_name, updates);
}

template <class M>
std::string select_rows(const std::string& name) {
  std::string names;
  for (const Column& column : columns_of<Row<M>>()) {
    names += (names.empty() ? "" : ", ") + column.name;
  }
  return fmt::format("SELECT {} FROM {} ORDER BY rowid", names, name);
}

template <class M>
std::string delete_row(const std::string& name) {
  return fmt::format("DELETE FROM {} WHERE {} = ?", name, columns_of<Row<M>>().front().name);
}

template <HasFields T>
std::vector<Cell> cells_of(const T& row, const TimeBase& time) {
  std::vector<Cell> cells;
  for_each_kept<T>([&](const auto& field) { cells.push_back(to_cell(row.*field.member, time)); });
  return cells;
}

template <HasFields T>
Cell key_of(const T& row, const TimeBase& time) {
  return cells_of(row, time).front();
}

// Throws Unreadable with the column's name.
template <HasFields T>
void read_cells(const std::vector<Cell>& cells, T& row, const TimeBase& time) {
  std::size_t next = 0;
  for_each_kept<T>([&](const auto& field) {
    try {
      from_cell(cells.at(next++), row.*field.member, time);
    } catch (const std::exception& error) {  // of the JSON library too
      throw Unreadable(fmt::format("column {}: {}", field.name, error.what()));
    }
  });
}

// Calls visit(row) for each element of a list, or for the struct itself.
template <class M, class Visitor>
void for_each_row(M& rows, Visitor&& visit) {
  using Plain = std::remove_const_t<M>;
  if constexpr (Map<Plain>) {
    for (auto& [name, row] : rows) visit(row);
  } else if constexpr (List<Plain>) {
    for (auto& row : rows) visit(row);
  } else {
    visit(rows);
  }
}

// The whole schema, in the order of the fields.
std::string schema();

}  // namespace splitsite::reference::store
