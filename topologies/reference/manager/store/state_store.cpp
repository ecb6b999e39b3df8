#include "topologies/reference/manager/store/state_store.hpp"

#include "topologies/reference/manager/store/database.hpp"
#include "topologies/reference/manager/store/tables.hpp"

namespace splitsite::reference {
namespace store {

std::string schema() {
  std::string text = "CREATE TABLE lab (\n  name TEXT NOT NULL\n) STRICT;\n";
  for_each_kept<ClusterState>(
      [&]<class M>(const Kept<ClusterState, M>& field) { text += create_table<M>(field.name); });
  return text;
}

}  // namespace store

namespace {

using store::Cell;
using store::Database;
using store::Row;
using store::Unreadable;

Error database_error(const std::string& attempted, const std::string& path, const char* why) {
  return {.kind = ErrorKind::Invalid,
          .attempted = attempted,
          .subject = path,
          .why = why,
          .hint =
              "a Manager without its database would forget what it has acknowledged; to begin "
              "with an empty one, move the file away"};
}

std::string text_of(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const auto* number = std::get_if<std::int64_t>(&cell);
  return number != nullptr ? std::to_string(*number) : "";
}

}  // namespace

class StateStore::Impl {
 public:
  Impl(const std::string& at, const std::string& lab)
      : path(at), database_(at, lab, kSchemaVersion) {}

  bool load(ClusterState& state, const TimeBase& time) {
    if (database_.is_new()) return false;
    for_each_kept<ClusterState>(
        [&](const auto& field) { read_table(field.name, state.*field.member, time); });
    written_ = state;
    last_event_ = state.events.empty() ? 0 : state.events.back().index;
    return true;
  }

  void save(const ClusterState& state, const TimeBase& time) {
    const bool all = database_.is_new();
    for_each_kept<ClusterState>([&](const auto& field) {
      write_table(field.name, state.*field.member, written_.*field.member, all, time);
    });
    database_.commit();
  }

  void roll_back() { database_.roll_back(); }
  long transactions() const { return database_.transactions(); }

  const std::string path;

 private:
  // Of what the lab describes, nothing can have been kept that it does not describe any more. What
  // is only in the database replaces what the description began with.
  template <class M>
  void read_table(const std::string& name, M& rows, const TimeBase& time) {
    if constexpr (store::List<M> && !store::Map<M>) rows.clear();
    for (const std::vector<Cell>& cells : database_.select(store::select_rows<M>(name))) {
      try {
        store::read_cells(cells, place_of(cells, rows), time);
      } catch (const Unreadable& error) {
        throw Unreadable(
            fmt::format("table {}, row {}: {}", name, text_of(cells.front()), error.what()));
      }
    }
  }

  template <class M>
  static Row<M>& place_of(const std::vector<Cell>& cells, M& rows) {
    if constexpr (store::Map<M>) {
      const auto found = rows.find(typename M::key_type(text_of(cells.front())));
      if (found == rows.end()) throw Unreadable("the lab does not describe it");
      return found->second;
    } else if constexpr (store::List<M>) {
      return rows.emplace_back();
    } else {
      return rows;
    }
  }

  // The audit log only grows at one end and is cut at the other.
  void write_table(const std::string& name, const std::deque<AuditEvent>& events,
                   std::deque<AuditEvent>&, bool, const TimeBase& time) {
    if (events.empty() || events.back().index == last_event_) return;
    const auto known = [&](const AuditEvent& event) { return event.index <= last_event_; };
    const auto news = std::find_if_not(events.rbegin(), events.rend(),
                                       [&](const auto& event) { return !known(event); });
    for (auto event = news.base(); event != events.end(); ++event) {
      database_.execute(store::insert_row<std::deque<AuditEvent>>(name),
                        store::cells_of(*event, time));
    }
    database_.execute(fmt::format("DELETE FROM {} WHERE id < ?", name),
                      {std::int64_t{events.front().index}});
    last_event_ = events.back().index;
  }

  template <class M>
  void write_table(const std::string& name, const M& rows, M& written, bool all,
                   const TimeBase& time) {
    if (!all && store::same_kept(rows, written)) return;
    std::vector<std::pair<Cell, const Row<M>*>> before;
    if (!all) {
      store::for_each_row(
          written, [&](const auto& row) { before.emplace_back(store::key_of(row, time), &row); });
    }
    store::for_each_row(rows, [&](const auto& row) {
      const Cell key = store::key_of(row, time);
      const auto old = std::find_if(before.begin(), before.end(),
                                    [&](const auto& entry) { return entry.first == key; });
      const bool same = old != before.end() && store::same_kept(*old->second, row);
      if (old != before.end() && store::List<M>) before.erase(old);
      if (!same) database_.execute(store::insert_row<M>(name), store::cells_of(row, time));
    });
    if constexpr (store::List<M>) {
      for (const auto& [key, row] : before) database_.execute(store::delete_row<M>(name), {key});
    }
    written = rows;
  }

  Database database_;
  ClusterState written_;  // what the database has; of its events only last_event_
  long last_event_ = 0;
};

StateStore::StateStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StateStore::~StateStore() = default;

Result<std::unique_ptr<StateStore>> StateStore::open(const std::string& path,
                                                     const std::string& lab) {
  try {
    return std::unique_ptr<StateStore>(new StateStore(std::make_unique<Impl>(path, lab)));
  } catch (const std::exception& error) {
    return database_error("open the Manager's database", path, error.what());
  }
}

Result<bool> StateStore::load(ClusterState& state, const TimeBase& time) {
  ClusterState loaded = state;
  try {
    if (!impl_->load(loaded, time)) return false;
  } catch (const std::exception& error) {
    return database_error("read the Manager's database", impl_->path, error.what());
  }
  state = std::move(loaded);
  return true;
}

Result<void> StateStore::save(const ClusterState& state, const TimeBase& time) {
  try {
    impl_->save(state, time);
    return success();
  } catch (const std::exception& error) {
    impl_->roll_back();
    return database_error("write the Manager's database", impl_->path, error.what());
  }
}

long StateStore::transactions() const { return impl_->transactions(); }

}  // namespace splitsite::reference
