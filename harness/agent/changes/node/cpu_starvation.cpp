#include "harness/agent/changes/node/cpu_starvation.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "harness/core/scope_guard.hpp"
#include "harness/core/system_error.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

// Short enough that the agent and the kernel's own threads are late, not gone. The kernel lets
// real-time work have 95 % of a second: beyond 90 % its own throttle would set the share.
constexpr Duration kPeriod = 100ms;
// A share of 80 % owes 400 ms for a whole period of absence. More at a time, and the agent and the
// kernel would be gone.
constexpr Duration kMostOwed = 4 * kPeriod;
constexpr Range kShare{.least = 30, .most = 90};
constexpr Range kSampleLength{.least = 100, .most = 5000};
constexpr int kFirst = -20;  // nice: some ninety times the weight of an ordinary process
constexpr int kLowest = 1;
constexpr int kHighest = 99;

struct Spare {
  int spinners;
  int agent;
};

Result<Spare> priorities(const std::string& spare) {
  if (spare == "realtime") return Spare{kLowest, kLowest + 1};
  if (spare == "nothing") return Spare{kHighest, kHighest};
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "understand the arguments of",
               .subject = "cpu.starve",
               .why = "\"spare\" is " + spare + ", allowed are realtime, nothing"};
}

Duration read_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

// In the helper, for ever: busy for the share of every period, then away for the rest of it. On a
// crowded machine it comes back late, and others had the CPU meanwhile; for what it was away too
// long, up to a whole period, it is busy longer in the period after that.
void spin(Duration busy) {
  const Duration rest = kPeriod - busy;
  Duration owed{};
  while (true) {
    const Duration end = read_clock(CLOCK_MONOTONIC) + busy + owed;
    while (read_clock(CLOCK_MONOTONIC) < end) {
    }
    steady_clock().pause(rest);
    const Duration away = read_clock(CLOCK_MONOTONIC) - end;
    // Busy longer by as many shares as it was away too long by rests.
    const Duration late = std::clamp<Duration>(away - rest, {}, kPeriod);
    owed = std::min<Duration>(late * busy.count() / rest.count(), kMostOwed);
  }
}

// In the helper: wants the CPU for `length`, and tells how much of that it got. Before everything
// but real-time work, so that it measures what that leaves, and not how busy the VMs are.
void sample(Duration length) {
  ::setpriority(PRIO_PROCESS, 0, kFirst);
  const Duration begin = read_clock(CLOCK_MONOTONIC);
  const Duration had = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  while (read_clock(CLOCK_MONOTONIC) - begin < length) {
  }
  const std::array<std::int64_t, 2> result{
      (read_clock(CLOCK_PROCESS_CPUTIME_ID) - had).count(),
      (read_clock(CLOCK_MONOTONIC) - begin).count(),
  };
  [[maybe_unused]] const auto put = ::write(helper_pipe, result.data(), sizeof result);
}

Result<void> make_real_time(pid_t pid, int priority, int flags) {
  const sched_param wanted{.sched_priority = priority};
  if (::sched_setscheduler(pid, SCHED_FIFO | flags, &wanted) == 0) return success();
  return system_error("give real-time priority to", "a spinner");
}

Result<Helper> start_spinner(int cpu, Duration busy, int priority) {
  SPLITSITE_TRY(const Helper spinner,
                start_helper({.name = "fault-cpu", .work = [busy] { spin(busy); }}));
  ScopeGuard undo([&] { end_helper(spinner); });
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  if (::sched_setaffinity(spinner.pid, sizeof only, &only) != 0) {
    return system_error("bind a spinner to CPU", std::to_string(cpu));
  }
  SPLITSITE_TRY_VOID(make_real_time(spinner.pid, priority, 0));
  undo.release();
  return spinner;
}

}  // namespace

CpuStarvation::~CpuStarvation() {
  while (!samples_.empty()) finish(samples_.begin()->first);
}

Result<Json> CpuStarvation::prepare(const Json& arguments) {
  Arguments given("cpu.starve", arguments);
  SPLITSITE_TRY_VOID(given.whole("share_percent", kShare));
  SPLITSITE_TRY(const auto spare, given.text("spare"));
  SPLITSITE_TRY_VOID(given.nothing_else());
  SPLITSITE_TRY_VOID(priorities(spare));
  return Json{{"spinners", Json::array()}};
}

Result<Json> CpuStarvation::apply(const Json& arguments, Json& remembered) {
  SPLITSITE_TRY(const Spare wanted, priorities(arguments.value("spare", "")));
  const Duration busy = kPeriod * arguments.value("share_percent", 0) / 100;
  // First, so that the spinners do not keep the agent from making the rest of them.
  SPLITSITE_TRY_VOID(make_real_time(0, wanted.agent, SCHED_RESET_ON_FORK));
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) return system_error("list", "the CPUs");
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &cpus)) continue;
    SPLITSITE_TRY(const Helper spinner, start_spinner(cpu, busy, wanted.spinners));
    remembered["spinners"].push_back(to_json(spinner));
  }
  return Json{{"cpus", remembered["spinners"].size()}};
}

Result<void> CpuStarvation::revert(const Json& remembered) {
  for (const Json& spinner : remembered.value("spinners", Json::array())) {
    end_helper(helper_from(spinner));
  }
  const sched_param ordinary{};
  if (::sched_setscheduler(0, SCHED_OTHER, &ordinary) == 0) return success();
  return system_error("give up the real-time priority of", "the agent");
}

Result<Json> CpuStarvation::observe(const Json&) {
  return Error{.kind = ErrorKind::Internal,
               .attempted = "observe",
               .subject = "cpu.starve",
               .why = "it is only observed over a time"};
}

void CpuStarvation::observe_later(const Json& arguments, const Answer& answer) {
  auto started = start_sample(arguments);
  if (!started) return answer(started.error());
  const int fd = started.value().result.get();
  Sample& running = samples_[fd] = std::move(started.value());
  running.answer = answer;
  constexpr Duration kLate = 10s;
  running.limit = loop_.after(kLate, [this, fd] { finish(fd); });
  const auto watched = loop_.watch(fd, EPOLLIN, [this, fd](std::uint32_t) { finish(fd); });
  if (!watched) finish(fd);
}

Result<CpuStarvation::Sample> CpuStarvation::start_sample(const Json& arguments) {
  Arguments given("cpu.starve", arguments);
  SPLITSITE_TRY(const auto length, given.whole("for_ms", kSampleLength));
  SPLITSITE_TRY_VOID(given.nothing_else());
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return system_error("open", "a pipe");
  Sample begun{.result = UniqueFd(ends[0]), .helper = {}, .answer = {}};
  const UniqueFd far(ends[1]);
  SPLITSITE_TRY(begun.helper,
                start_helper({.name = "cpu-sample",
                              .work = [length] { sample(std::chrono::milliseconds(length)); },
                              .pipe = far.get()}));
  return begun;
}

// Its result is there, or it has died, or it is too late, or the agent ends.
void CpuStarvation::finish(int fd) {
  loop_.forget(fd);
  const Sample over = std::move(samples_.at(fd));
  samples_.erase(fd);
  loop_.cancel(over.limit);
  std::array<std::int64_t, 2> result{};
  const bool came = ::read(fd, result.data(), sizeof result) == sizeof result;
  end_helper(over.helper);
  if (came) return over.answer(Json{{"cpu_ns", result[0]}, {"wall_ns", result[1]}});
  over.answer(Error{.kind = ErrorKind::TimedOut,
                    .attempted = "measure the time of",
                    .subject = "a process at nice -20",
                    .why = "it did not come to its end"});
}

}  // namespace splitsite::agent
