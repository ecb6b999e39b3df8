// One SQLite file opened as the Manager needs it, with its identity checked. Internal to the store;
// throws SQLite::Exception and Unreadable, which stay in the store.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <map>
#include <string>
#include <vector>

#include "topologies/reference/manager/store/cell.hpp"

namespace splitsite::reference::store {

class Database {
 public:
  Database(const std::string& path, const std::string& lab, int version);

  bool is_new() const { return new_; }
  long transactions() const { return transactions_; }

  // Runs one statement; prepared once for each text.
  void execute(const std::string& sql, const std::vector<Cell>& values);
  // Each row as cells.
  std::vector<std::vector<Cell>> select(const std::string& sql);

  // A transaction begins with the first execute() after commit() and is one fsync.
  void commit();
  void roll_back() noexcept;

 private:
  void set_up();
  void check(const std::string& lab, int version);
  void begin();

  SQLite::Database file_;
  std::map<std::string, SQLite::Statement> statements_;
  const std::string lab_;
  const int version_;
  bool new_ = false;
  bool in_transaction_ = false;
  long transactions_ = 0;
};

}  // namespace splitsite::reference::store
