// The one way to wait. A probe answers with a value or with the reason why not yet; a wait that
// runs out says what it waited for, how long, and every distinct reason it was given, so that
// nobody has to run it again to learn why.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite {

struct NotYet {
  std::string reason;  // "host-b1 is still connecting"
};

// What a probe returns: the awaited value, or why it is not there yet.
template <class T>
using Probed = std::variant<T, NotYet>;

struct WaitProgress {
  std::string what;
  Duration elapsed;
  Duration bound;
  std::string reason;
};

struct Wait {
  std::string what;                                // object of "wait for …": "all hosts to be up"
  Duration bound;                                  // the deadline, counted from the call
  Duration every = std::chrono::milliseconds(50);  // longest time between two probes
  std::stop_token stop = {};                       // asked to stop: ErrorKind::Interrupted
  // Called after every unsuccessful probe, from the waiting thread. May be empty.
  std::function<void(const WaitProgress&)> progress = {};
};

namespace detail {
// Keeps the distinct reasons of one wait with the time each was first and last seen.
class Reasons {
 public:
  void add(const std::string& reason, Duration at);
  std::string last() const;
  std::string summary() const;

 private:
  struct Seen {
    std::string reason;
    Duration first;
    Duration last;
  };
  std::vector<Seen> seen_;
};

Error wait_expired(const Wait& wait, const Reasons& reasons);
Error wait_interrupted(const Wait& wait, const Reasons& reasons);
void pause_between_probes(Clock& clock, const Wait& wait, const Deadline& deadline);
}  // namespace detail

// Probes until a value comes or the bound passes. The probe always runs at least once, and once
// more after the deadline, so that a slow probe cannot miss a state that was reached in time.
template <class T>
Result<T> eventually(Clock& clock, const Wait& wait, const std::function<Probed<T>()>& probe) {
  const Instant start = clock.now();
  const Deadline deadline(clock, wait.bound);
  detail::Reasons reasons;
  while (true) {
    if (wait.stop.stop_requested()) return detail::wait_interrupted(wait, reasons);
    const bool last_chance = deadline.passed(clock);
    Probed<T> answer = probe();
    if (auto* value = std::get_if<T>(&answer)) return std::move(*value);
    const std::string& reason = std::get<NotYet>(answer).reason;
    const Duration so_far = clock.now() - start;
    reasons.add(reason, so_far);
    if (wait.progress) wait.progress({wait.what, so_far, wait.bound, reason});
    if (last_chance) return detail::wait_expired(wait, reasons);
    detail::pause_between_probes(clock, wait, deadline);
  }
}

// Probes for the whole of `wait.bound`; fails at the first NotYet, which here means "no longer".
Result<void> consistently(Clock& clock, const Wait& wait,
                          const std::function<Probed<std::monostate>()>& probe);

}  // namespace splitsite
