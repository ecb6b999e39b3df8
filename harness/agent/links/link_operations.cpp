#include "harness/agent/links/link_operations.hpp"

#include <algorithm>
#include <utility>

#include "harness/ports/links_json.hpp"

namespace splitsite::agent {
namespace {

using std::chrono::milliseconds;

constexpr Range lease_range{.least = 100, .most = 3'600'000};
constexpr Duration lift_again_after = milliseconds(200);

// Ranges are the adapter's to judge, which knows them; here only types.
Result<Impairment> impairment_in(Arguments& arguments) {
  SPLITSITE_TRY(const auto state, arguments.object("state"));
  return impairment_from(state);
}

}  // namespace

void LinkOperations::add_to(Dispatcher& dispatcher) {
  dispatcher.add("link.get", [this](Arguments& arguments) { return get(arguments); });
  dispatcher.add("link.set", [this](Arguments& arguments) { return set(arguments); });
  dispatcher.add("link.renew", [this](Arguments& arguments) { return renew(arguments); });
  dispatcher.add("link.baseline", [this](Arguments& arguments) { return baseline(arguments); });
}

Result<Json> LinkOperations::get(Arguments& arguments) {
  SPLITSITE_TRY(const auto device, arguments.text("device"));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  SPLITSITE_TRY(const auto leaf, leaves_.read(device));
  Json reply{{"device", device}, {"state", to_json(leaf.impairment)}};
  reply["limit"] = leaf.limit;
  reply["dropped"] = leaf.dropped;
  reply["baseline"] = to_json(baseline_of(device));
  const auto left = dead_man_.left(device);
  reply["lease_left_ms"] = left ? Json(std::chrono::ceil<milliseconds>(*left).count()) : Json();
  return reply;
}

Result<Json> LinkOperations::set(Arguments& arguments) {
  SPLITSITE_TRY(const auto device, arguments.text("device"));
  SPLITSITE_TRY(const auto impairment, impairment_in(arguments));
  const bool leased = arguments.has("lease_ms");
  SPLITSITE_TRY(const auto lease, arguments.whole_or("lease_ms", lease_range.most, lease_range));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  bool newly_noted = false;
  if (leased) {
    SPLITSITE_TRY(newly_noted, note_lease(device, impairment, milliseconds(lease)));
  }
  const NodeTime before = node_now();
  const auto changed = leaves_.change(device, impairment);
  const NodeTime after = node_now();
  if (!changed) {
    if (newly_noted) forget_lease(device);
    // A later agent must not resume what was refused.
    if (!newly_noted && leased && impairment.flapping) {
      (void)note_lease(device, {}, milliseconds(lease));
    }
    return changed.error();
  }
  if (leased) {
    dead_man_.arm(device, milliseconds(lease));
  } else {
    dead_man_.disarm(device);
    forget_lease(device);
  }
  stuck_.erase(device);
  schedule();
  // It came into force between these two.
  return Json{{"device", device}, {"before_ns", before.count()}, {"after_ns", after.count()}};
}

Result<Json> LinkOperations::renew(Arguments& arguments) {
  SPLITSITE_TRY(auto named, arguments.texts("devices"));
  SPLITSITE_TRY(const auto lease, arguments.whole("lease_ms", lease_range));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  // One that could not be taken back is no longer wanted, whoever renews it.
  std::erase_if(named, [this](const std::string& device) { return stuck_.contains(device); });
  const auto renewed = dead_man_.renew(named, milliseconds(lease));
  schedule();
  return Json{{"renewed", renewed}};
}

Result<Json> LinkOperations::baseline(Arguments& arguments) {
  SPLITSITE_TRY(const auto device, arguments.text("device"));
  SPLITSITE_TRY(const auto impairment, impairment_in(arguments));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  SPLITSITE_TRY_VOID(leaves_.check(impairment));
  SPLITSITE_TRY(const long noted,
                journal_.write(Json{{"device", device}, {"baseline", to_json(impairment)}}.dump()));
  // The latest counts: an earlier one that is still there is overruled when they are read again.
  if (const long earlier = std::exchange(noted_baselines_[device], noted)) {
    (void)journal_.mark_done(earlier);
  }
  baselines_[device] = impairment;
  leaves_.prepare(device);
  return Json{{"device", device}};
}

// True when the device had none. Once it is there it serves every later lease of the device, unless
// that one flaps or the noted one does: a kernel does not go on flapping by itself, so a later
// agent must know what to do.
Result<bool> LinkOperations::note_lease(const std::string& device, const Impairment& impairment,
                                        Duration lease) {
  const auto noted = noted_leases_.find(device);
  const bool flaps = impairment.flapping.has_value();
  if (noted != noted_leases_.end() && !flaps && !noted->second.flaps) return false;
  const auto lease_ms = std::chrono::duration_cast<milliseconds>(lease).count();
  Json text{{"device", device}, {"lease_ms", lease_ms}};
  if (flaps) text["state"] = to_json(impairment);
  SPLITSITE_TRY(const long written, journal_.write(text.dump()));
  const bool newly = noted == noted_leases_.end();
  // The later entry counts; the earlier one would only be read again.
  if (!newly) (void)journal_.mark_done(noted->second.entry);
  noted_leases_[device] = {written, flaps};
  return newly;
}

// Should crossing it out fail, a later agent sets the device to its baseline once more.
void LinkOperations::forget_lease(const std::string& device) {
  const auto noted = noted_leases_.extract(device);
  if (!noted.empty()) (void)journal_.mark_done(noted.mapped().entry);
}

void LinkOperations::take_over() {
  const auto left = journal_.pending();
  if (!left) return events_.emit("deadman.failed", {{"why", left.error().message()}});
  for (const UndoEntry& entry : left.value()) {
    const Json text = Json::parse(entry.text, nullptr, false);
    const std::string device = text.value("device", "");
    if (text.contains("lease_ms")) {
      take_over_lease(device, entry.id, text);
    } else if (const auto baseline = impairment_from(text.value("baseline", Json()))) {
      noted_baselines_[device] = entry.id;
      baselines_[device] = baseline.value();
    }
  }
  schedule();
}

void LinkOperations::take_over_lease(const std::string& device, long entry, const Json& noted) {
  forget_lease(device);  // an earlier one that its agent could not cross out
  noted_leases_[device] = {entry, noted.contains("state")};
  dead_man_.arm(device, milliseconds(noted["lease_ms"].get<std::int64_t>()));
  if (!noted.contains("state")) return;
  const auto state = impairment_from(noted["state"]);
  const auto resumed = state ? leaves_.change(device, state.value()) : Result<void>(state.error());
  if (resumed) return;
  // It does not do what was asked: better gone, and everybody told.
  events_.emit("deadman.failed", {{"device", device}, {"why", resumed.error().message()}});
  stuck_.insert(device);
  dead_man_.arm(device, lift_again_after);
}

Impairment LinkOperations::baseline_of(const std::string& device) const {
  const auto found = baselines_.find(device);
  return found == baselines_.end() ? Impairment{} : found->second;
}

void LinkOperations::lift_lapsed() {
  for (const std::string& device : dead_man_.take_lapsed()) {
    const auto lifted = leaves_.change(device, baseline_of(device));
    if (lifted) {
      stuck_.erase(device);
      forget_lease(device);
      events_.emit("deadman.lifted", {{"device", device}});
      continue;
    }
    // A fault that nobody looks after must not stay: try until it is gone, tell once.
    if (stuck_.insert(device).second) {
      events_.emit("deadman.failed", {{"device", device}, {"why", lifted.error().message()}});
    }
    dead_man_.arm(device, lift_again_after);
  }
  schedule();
}

void LinkOperations::schedule() {
  loop_.cancel(timer_);
  timer_ = 0;
  const auto next = dead_man_.next_lapse();
  if (!next) return;
  const Duration left = std::max(*next - clock_.now(), Duration::zero());
  timer_ = loop_.after(left, [this] { lift_lapsed(); });
}

}  // namespace splitsite::agent
