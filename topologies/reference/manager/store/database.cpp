#include "topologies/reference/manager/store/database.hpp"

#include <fmt/format.h>

#include "topologies/reference/manager/store/tables.hpp"

namespace splitsite::reference::store {
namespace {

constexpr int kApplication = 0x53506D67;  // "SPmg": what makes a SQLite file a Manager's

int number(SQLite::Database& file, const std::string& what) {
  return file.execAndGet("PRAGMA " + what).getInt();
}

void bind(SQLite::Statement& statement, int place, const Cell& value) {
  std::visit(
      [&](const auto& cell) {
        if constexpr (std::same_as<std::decay_t<decltype(cell)>, std::monostate>) {
          statement.bind(place);
        } else {
          statement.bind(place, cell);
        }
      },
      value);
}

Cell cell_of(const SQLite::Column& column) {
  if (column.isNull()) return {};
  if (column.isInteger()) return std::int64_t{column.getInt64()};
  if (column.isFloat()) return column.getDouble();
  return column.getString();
}

}  // namespace

Database::Database(const std::string& path, const std::string& lab, int version)
    : file_(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE), lab_(lab), version_(version) {
  set_up();
  check(lab, version);
}

void Database::set_up() {
  file_.exec("PRAGMA locking_mode = EXCLUSIVE");
  file_.exec("PRAGMA synchronous = FULL");
  // Reads the file for the first time: what is no database, or in use, shows here.
  file_.execAndGet("PRAGMA journal_mode = WAL");
  // The lock is taken by a write, not by the mode.
  file_.exec("BEGIN IMMEDIATE");
  file_.exec("COMMIT");
}

void Database::check(const std::string& lab, int version) {
  const int application = number(file_, "application_id");
  const bool empty = file_.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
  if (application == 0 && empty) {
    new_ = true;
    return;
  }
  if (application != kApplication) throw Unreadable("it is another program's database");
  const int found = number(file_, "user_version");
  if (found != version) {
    throw Unreadable(
        fmt::format("its schema has version {}, this Manager's has {}", found, version));
  }
  const std::string owner = file_.execAndGet("SELECT name FROM lab").getString();
  if (owner != lab) {
    throw Unreadable(fmt::format("it belongs to the lab {}, this one is {}", owner, lab));
  }
  const std::string damage = file_.execAndGet("PRAGMA quick_check(1)").getString();
  if (damage != "ok") throw Unreadable("it is damaged: " + damage);
}

void Database::begin() {
  file_.exec("BEGIN IMMEDIATE");
  in_transaction_ = true;
  if (!std::exchange(new_, false)) return;
  file_.exec(schema());
  file_.exec(fmt::format("PRAGMA application_id = {}", kApplication));
  file_.exec(fmt::format("PRAGMA user_version = {}", version_));
  execute("INSERT INTO lab (name) VALUES (?)", {lab_});
}

void Database::execute(const std::string& sql, const std::vector<Cell>& values) {
  if (!in_transaction_) begin();
  auto statement = statements_.find(sql);
  if (statement == statements_.end()) {
    statement = statements_.try_emplace(sql, file_, sql).first;
  }
  statement->second.reset();
  int place = 1;
  for (const Cell& value : values) bind(statement->second, place++, value);
  statement->second.exec();
}

std::vector<std::vector<Cell>> Database::select(const std::string& sql) {
  SQLite::Statement query(file_, sql);
  std::vector<std::vector<Cell>> rows;
  while (query.executeStep()) {
    std::vector<Cell>& row = rows.emplace_back();
    for (int i = 0; i < query.getColumnCount(); ++i) row.push_back(cell_of(query.getColumn(i)));
  }
  return rows;
}

void Database::commit() {
  if (!in_transaction_) return;
  file_.exec("COMMIT");
  in_transaction_ = false;
  ++transactions_;
}

void Database::roll_back() noexcept {
  in_transaction_ = false;
  try {
    file_.exec("ROLLBACK");
  } catch (const SQLite::Exception&) {
    // SQLite has rolled back by itself, as it does after an I/O error.
  }
}

}  // namespace splitsite::reference::store
