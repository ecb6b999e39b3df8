#include "harness/agent/changes/node/node_clock.hpp"

#include <sys/timex.h>
#include <time.h>

#include "harness/core/system_error.hpp"

namespace splitsite::agent {
namespace {

using std::chrono::nanoseconds;

nanoseconds now_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

void ask_for_step(timex& request, nanoseconds by) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  // The kernel wants the fraction not negative.
  std::int64_t seconds = by.count() / kSecond;
  std::int64_t rest = by.count() % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  request.modes |= ADJ_SETOFFSET | ADJ_NANO;
  request.time.tv_sec = seconds;
  request.time.tv_usec = rest;  // nanoseconds, by ADJ_NANO
}

Result<void> adjust(timex& request, const char* what) {
  if (::adjtimex(&request) >= 0) return success();
  return system_error("set", what);
}

}  // namespace

// Of several readings the one that took the shortest: nothing else ran in between.
ClockReading KernelClock::read() {
  constexpr int kTries = 9;
  ClockReading best;
  nanoseconds shortest = nanoseconds::max();
  for (int i = 0; i < kTries; ++i) {
    const nanoseconds before = now_of(CLOCK_MONOTONIC);
    const nanoseconds realtime = now_of(CLOCK_REALTIME);
    const nanoseconds raw = now_of(CLOCK_MONOTONIC_RAW);
    const nanoseconds after = now_of(CLOCK_MONOTONIC);
    if (after - before >= shortest) continue;
    shortest = after - before;
    best = {realtime, before + shortest / 2, raw};
  }
  return best;
}

Result<void> KernelClock::step(nanoseconds by) {
  timex request{};
  ask_for_step(request, by);
  return adjust(request, "the node's clock");
}

Result<ScaledRate> KernelClock::rate() {
  timex request{};
  SPLITSITE_TRY_VOID(adjust(request, "nothing, to read the clock's rate"));
  return request.freq;
}

Result<void> KernelClock::set_rate(ScaledRate rate, nanoseconds step) {
  timex request{};
  request.modes = ADJ_FREQUENCY;
  request.freq = rate;
  if (step != nanoseconds::zero()) ask_for_step(request, step);
  return adjust(request, "the rate of the node's clock");
}

}  // namespace splitsite::agent
