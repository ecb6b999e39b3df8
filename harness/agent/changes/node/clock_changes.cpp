#include "harness/agent/changes/node/clock_changes.hpp"

#include "harness/agent/common_operations.hpp"

namespace splitsite::agent {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr std::int64_t kDay = 24LL * 3600 * 1'000'000'000;
constexpr Range kStep{.least = -kDay, .most = kDay};
// Below it, the reading of two clocks would not tell a step from none.
constexpr nanoseconds kLeastStep = 10ms;
constexpr Range kParts{.least = -500, .most = 500};  // what the kernel can do

Result<Json> look(NodeClock& clock, const char* kind, const Json& arguments) {
  SPLITSITE_TRY_VOID(Arguments(kind, arguments).nothing_else());
  const ClockReading now = clock.read();
  return Json{{"realtime_ns", now.realtime.count()},
              {"monotonic_ns", now.monotonic.count()},
              {"raw_ns", now.raw.count()},
              {"boot_id", kernel_boot_id()}};
}

nanoseconds time_in(const Json& object, const char* name) {
  return nanoseconds(object.value(name, std::int64_t{0}));
}

bool near(nanoseconds one, nanoseconds other) {
  const nanoseconds apart = one > other ? one - other : other - one;
  return apart < 1ms;
}

}  // namespace

Result<Json> ClockStep::prepare(const Json& arguments) {
  Arguments given("clock.step", arguments);
  SPLITSITE_TRY(const auto by, given.whole("by_ns", kStep));
  SPLITSITE_TRY_VOID(given.nothing_else());
  if (nanoseconds(by) < kLeastStep && nanoseconds(by) > -kLeastStep) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "understand the arguments of",
                 .subject = "clock.step",
                 .why = "\"by_ns\" is " + std::to_string(by) + ", allowed are 10 ms and more"};
  }
  const ClockReading now = clock_.read();
  return Json{{"by_ns", by}, {"ahead_ns", (now.realtime - now.monotonic).count()}};
}

Result<Json> ClockStep::apply(const Json&, Json& remembered) {
  SPLITSITE_TRY_VOID(clock_.step(time_in(remembered, "by_ns")));
  return Json::object();
}

// Against the monotonic clock it shows which of the two, before or after, realtime stands at.
Result<void> ClockStep::revert(const Json& remembered) {
  const ClockReading now = clock_.read();
  const nanoseconds ahead = now.realtime - now.monotonic;
  const nanoseconds before = time_in(remembered, "ahead_ns");
  const nanoseconds by = time_in(remembered, "by_ns");
  if (near(ahead, before + by)) return clock_.step(-by);
  if (near(ahead, before)) return success();
  // Set by somebody else. Nothing tells whether they saw the step, so the time of day goes on as if
  // nothing had happened at all.
  return clock_.step(before - ahead);
}

Result<Json> ClockStep::observe(const Json& arguments) {
  return look(clock_, "clock.step", arguments);
}

Result<Json> ClockDrift::prepare(const Json& arguments) {
  Arguments given("clock.drift", arguments);
  SPLITSITE_TRY(const auto ppm, given.whole("ppm", kParts));
  SPLITSITE_TRY_VOID(given.nothing_else());
  SPLITSITE_TRY(const ScaledRate before, clock_.rate());
  const ScaledRate wanted = before + ppm * per_million;
  if (wanted < kParts.least * per_million || wanted > kParts.most * per_million) {
    return Error{.kind = ErrorKind::Refused,
                 .attempted = "let drift",
                 .subject = "the node's clock",
                 .why = "something has set its rate already, and the kernel goes up to 500 ppm"};
  }
  return Json{{"rate", before}, {"wanted", wanted}, {"since_raw_ns", clock_.read().raw.count()}};
}

Result<Json> ClockDrift::apply(const Json&, Json& remembered) {
  SPLITSITE_TRY_VOID(clock_.set_rate(remembered.value("wanted", ScaledRate{0}), 0ns));
  remembered["since_raw_ns"] = clock_.read().raw.count();
  return Json::object();
}

// In one request to the kernel, so that the gain is never taken back twice.
Result<void> ClockDrift::revert(const Json& remembered) {
  const ScaledRate before = remembered.value("rate", ScaledRate{0});
  SPLITSITE_TRY(const ScaledRate now, clock_.rate());
  if (now == before) return success();
  const nanoseconds lasted = clock_.read().raw - time_in(remembered, "since_raw_ns");
  const double gained =
      static_cast<double>(lasted.count()) * static_cast<double>(now - before) / (1e6 * per_million);
  return clock_.set_rate(before, -nanoseconds(static_cast<std::int64_t>(gained)));
}

Result<Json> ClockDrift::observe(const Json& arguments) {
  return look(clock_, "clock.drift", arguments);
}

}  // namespace splitsite::agent
