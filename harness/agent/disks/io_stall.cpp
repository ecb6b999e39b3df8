#include "harness/agent/disks/io_stall.hpp"

#include "harness/agent/disks/layer_change.hpp"

namespace splitsite::agent {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr Range length_range{.least = 1, .most = 3'600'000};

}  // namespace

IoStall::~IoStall() {
  for (const auto& [device, stall] : stalls_) loop_.cancel(stall.timer);
}

Result<Json> IoStall::prepare(const Json& given) {
  Arguments arguments("io.stall", given);
  SPLITSITE_TRY(const auto device, arguments.text("device"));
  SPLITSITE_TRY(const auto length, arguments.whole_or("for_ms", 0, length_range));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  SPLITSITE_TRY(const bool already, layers_.suspended(device));
  if (already) {
    return Error{.kind = ErrorKind::Conflict,
                 .attempted = "stall",
                 .subject = device,
                 .why = "it is suspended already"};
  }
  return Json{{"device", device}, {"for_ms", length}};
}

Result<Json> IoStall::apply(const Json&, Json& remembered) {
  const auto device = remembered.at("device").get<std::string>();
  const auto length = remembered.at("for_ms").get<std::int64_t>();
  const NodeTime asked = node_now();
  SPLITSITE_TRY_VOID(layers_.suspend(device));
  Stall& stall = stalls_[device];
  loop_.cancel(stall.timer);
  stall = Stall{.asked = asked, .began = node_now()};
  if (length > 0) {
    // Its end cancels the timer that it is called by, and with it what the call has captured.
    stall.timer = loop_.after(milliseconds(length), [this, device] {
      Stall& ending = stalls_.at(device);
      const bool ended = end(device).has_value();
      ending.by_itself = ended;
    });
  }
  return Json::object();
}

// One that has ended by itself is over; one that was made by half is not there.
Result<void> IoStall::revert(const Json& remembered) {
  return end(remembered.at("device").get<std::string>());
}

Result<void> IoStall::end(const std::string& device) {
  const auto suspended = layers_.suspended(device);
  // The device is gone, and what waited for it too.
  if (!suspended && suspended.error().kind == ErrorKind::Unavailable) return success();
  if (!suspended) return suspended.error();
  const NodeTime ended = node_now();
  if (suspended.value()) {
    SPLITSITE_TRY_VOID(layers_.resume(device));
  }
  const auto stall = stalls_.find(device);
  if (stall == stalls_.end() || stall->second.ended) return success();
  loop_.cancel(std::exchange(stall->second.timer, 0));
  stall->second.ended = ended;
  stall->second.over = node_now();
  const auto lasted = duration_cast<milliseconds>(*stall->second.ended - stall->second.began);
  events_.emit("io.stall_ended", {{"device", device}, {"stalled_ms", lasted.count()}});
  return success();
}

Result<Json> IoStall::observe(const Json& given) {
  SPLITSITE_TRY(auto seen, observe_disk(layers_, "io.stall", given));
  const auto stall = stalls_.find(given.at("device").get<std::string>());
  if (stall != stalls_.end()) {
    const Stall& last = stall->second;
    const NodeTime now = node_now();
    const auto ms = [](NodeTime from, NodeTime to) {
      return duration_cast<milliseconds>(to - from).count();
    };
    seen["stalled_ms"] = ms(last.began, last.ended.value_or(now));
    seen["stalled_most_ms"] = ms(last.asked, last.over.value_or(now)) + 1;
    seen["by_itself"] = last.by_itself;
  }
  return seen;
}

}  // namespace splitsite::agent
