#include "harness/agent/changes/change_book.hpp"

#include <algorithm>
#include <utility>

namespace splitsite::agent {
namespace {

using std::chrono::milliseconds;

constexpr Range lease_range{.least = 100, .most = 3'600'000};
constexpr Duration lift_again_after = milliseconds(200);

Error cannot(ErrorKind kind, std::string attempted, std::string subject, std::string why) {
  return Error{.kind = kind,
               .attempted = std::move(attempted),
               .subject = std::move(subject),
               .why = std::move(why)};
}

}  // namespace

void ChangeBook::add(const std::string& kind, std::unique_ptr<Change> change) {
  kinds_[kind] = std::move(change);
}

void ChangeBook::add_to(Dispatcher& dispatcher) {
  dispatcher.add("change.apply", [this](Arguments& request) { return apply(request); });
  dispatcher.add("change.revert", [this](Arguments& request) { return revert(request); });
  dispatcher.add("change.renew", [this](Arguments& request) { return renew(request); });
  dispatcher.add("change.list", [this](Arguments& request) { return list(request); });
  dispatcher.add_slow("change.observe", [this](Arguments& request, const Answer& answer) {
    observe(request, answer);
  });
}

Result<Json> ChangeBook::apply(Arguments& request) {
  SPLITSITE_TRY(const auto id, request.text("change"));
  SPLITSITE_TRY(auto kind_name, request.text("kind"));
  SPLITSITE_TRY(auto arguments, request.object("arguments"));
  SPLITSITE_TRY(const auto lease, request.whole("lease_ms", lease_range));
  SPLITSITE_TRY_VOID(request.nothing_else());
  if (in_force_.contains(id)) {
    return cannot(ErrorKind::Conflict, "apply the change", id, "it is in force already");
  }
  return make(id, Entry{.kind = std::move(kind_name),
                        .arguments = std::move(arguments),
                        .remembered = {},
                        .lease = milliseconds(lease)});
}

Result<Json> ChangeBook::make(const std::string& id, Entry entry) {
  SPLITSITE_TRY(Change* const change, kind(entry.kind));
  SPLITSITE_TRY(entry.remembered, change->prepare(entry.arguments));
  SPLITSITE_TRY_VOID(write_down(id, entry));
  const Json prepared = entry.remembered;
  const NodeTime before = node_now();
  auto told = change->apply(entry.arguments, entry.remembered);
  const NodeTime after = node_now();
  if (told && entry.remembered != prepared) {
    // What cannot be written down could not be taken back by a later agent: rather not at all.
    const auto written = write_down(id, entry);
    if (!written) told = written.error();
  }
  dead_man_.arm(id, entry.lease);
  in_force_[id] = std::move(entry);
  if (!told) {
    lift(id, "it could not be made");
    schedule();
    return told.error();
  }
  schedule();
  Json reply = std::move(told.value());
  // It came into force between these two.
  reply["before_ns"] = before.count();
  reply["after_ns"] = after.count();
  return reply;
}

// Unknown is success: the dead-man may have been quicker, or the node was booted anew.
Result<Json> ChangeBook::revert(Arguments& request) {
  SPLITSITE_TRY(const auto id, request.text("change"));
  SPLITSITE_TRY_VOID(request.nothing_else());
  const bool was_in_force = in_force_.contains(id);
  if (was_in_force) {
    const auto reverted = take_back(id);
    if (!reverted) {
      stuck_.insert(id);  // nobody's renewal keeps it any more
      dead_man_.arm(id, lift_again_after);
      schedule();
      return reverted.error();
    }
    schedule();
  }
  return Json{{"was_in_force", was_in_force}};
}

Result<Json> ChangeBook::renew(Arguments& request) {
  SPLITSITE_TRY(auto named, request.texts("changes"));
  SPLITSITE_TRY(const auto lease, request.whole("lease_ms", lease_range));
  SPLITSITE_TRY_VOID(request.nothing_else());
  // One that could not be taken back is no longer wanted, whoever renews it.
  std::erase_if(named, [this](const std::string& id) { return stuck_.contains(id); });
  const auto renewed = dead_man_.renew(named, milliseconds(lease));
  schedule();
  return Json{{"renewed", renewed}};
}

Result<Json> ChangeBook::list(Arguments& request) {
  SPLITSITE_TRY_VOID(request.nothing_else());
  Json changes = Json::array();
  for (const auto& [id, entry] : in_force_) {
    const Duration left = dead_man_.left(id).value_or(Duration::zero());
    changes.push_back({{"change", id},
                       {"kind", entry.kind},
                       {"arguments", entry.arguments},
                       {"lease_left_ms", std::chrono::ceil<milliseconds>(left).count()}});
  }
  return Json{{"changes", changes}};
}

void ChangeBook::observe(Arguments& request, const Answer& answer) {
  const auto asked = [&]() -> Result<std::pair<Change*, Json>> {
    SPLITSITE_TRY(const auto name, request.text("kind"));
    SPLITSITE_TRY(auto arguments, request.object("arguments"));
    SPLITSITE_TRY_VOID(request.nothing_else());
    SPLITSITE_TRY(Change* const change, kind(name));
    return std::pair(change, std::move(arguments));
  }();
  if (!asked) return answer(asked.error());
  asked.value().first->observe_later(asked.value().second, answer);
}

Result<Change*> ChangeBook::kind(const std::string& name) {
  const auto found = kinds_.find(name);
  if (found != kinds_.end()) return found->second.get();
  std::string known;
  for (const auto& [other, change] : kinds_) known += (known.empty() ? "" : ", ") + other;
  Error unknown = cannot(ErrorKind::Unavailable, "find the kind of change", name,
                         "there is no such kind in this node");
  unknown.hint = "there are " + known;
  return unknown;
}

// The newer entry first: a journal with both is taken back twice, one with neither not at all.
Result<void> ChangeBook::write_down(const std::string& id, Entry& entry) {
  const Json text{{"change", id},
                  {"kind", entry.kind},
                  {"arguments", entry.arguments},
                  {"remembered", entry.remembered},
                  {"lease_ms", std::chrono::duration_cast<milliseconds>(entry.lease).count()}};
  SPLITSITE_TRY(const long written, journal_.write(text.dump()));
  const long earlier = std::exchange(entry.journalled, written);
  if (earlier != 0) return journal_.mark_done(earlier);
  return success();
}

Result<void> ChangeBook::take_back(const std::string& id) {
  const Entry& entry = in_force_.at(id);
  SPLITSITE_TRY(Change* const change, kind(entry.kind));
  SPLITSITE_TRY_VOID(change->revert(entry.remembered));
  // Should this fail, a later agent takes it back once more, which does no harm.
  (void)journal_.mark_done(entry.journalled);
  in_force_.erase(id);
  dead_man_.disarm(id);
  stuck_.erase(id);
  return success();
}

void ChangeBook::take_over() {
  const auto left = journal_.pending();
  if (!left) return events_.emit("deadman.failed", {{"why", left.error().message()}});
  for (const UndoEntry& entry : left.value()) resume(entry);
  schedule();
}

void ChangeBook::resume(const UndoEntry& left) {
  const Json text = Json::parse(left.text, nullptr, false);
  const std::string id = text.value("change", "");
  if (in_force_.contains(id)) {
    // Written anew by apply(), which died before it could cross out the first entry.
    (void)journal_.mark_done(in_force_[id].journalled);
  }
  const Duration lease = milliseconds(text.value("lease_ms", lease_range.least));
  in_force_[id] = Entry{.kind = text.value("kind", ""),
                        .arguments = text.value("arguments", Json::object()),
                        .remembered = text.value("remembered", Json()),
                        .lease = lease,
                        .journalled = left.id};
  dead_man_.arm(id, lease);
  const auto found = kind(in_force_[id].kind);
  if (!found || !found.value()->outlives_agent()) lift(id, "the agent was started anew");
}

void ChangeBook::lift_lapsed() {
  for (const std::string& id : dead_man_.take_lapsed()) lift(id, "its lease is over");
  schedule();
}

void ChangeBook::lift(const std::string& id, const std::string& why) {
  Json told{{"change", id}, {"kind", in_force_.at(id).kind}, {"why", why}};
  const auto lifted = take_back(id);
  if (lifted) return events_.emit("deadman.lifted", std::move(told));
  // A fault that nobody looks after must not stay: try until it is gone, tell once.
  if (stuck_.insert(id).second) {
    told["why"] = lifted.error().message();
    events_.emit("deadman.failed", std::move(told));
  }
  dead_man_.arm(id, lift_again_after);
}

void ChangeBook::schedule() {
  loop_.cancel(timer_);
  timer_ = 0;
  const auto next = dead_man_.next_lapse();
  if (!next) return;
  const Duration left = std::max(*next - clock_.now(), Duration::zero());
  timer_ = loop_.after(left, [this] { lift_lapsed(); });
}

}  // namespace splitsite::agent
