#include "harness/time/eventually.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace splitsite {
namespace detail {

void Reasons::add(const std::string& reason, Duration at) {
  for (Seen& seen : seen_) {
    if (seen.reason == reason) {
      seen.last = at;
      return;
    }
  }
  seen_.push_back({reason, at, at});
}

std::string Reasons::last() const {
  if (seen_.empty()) return "nothing seen yet";
  return std::max_element(seen_.begin(), seen_.end(),
                          [](const Seen& a, const Seen& b) { return a.last < b.last; })
      ->reason;
}

std::string Reasons::summary() const {
  constexpr std::size_t kShown = 6;  // the last ones explain; the rest is in the history
  std::string text;
  const std::size_t from = seen_.size() > kShown ? seen_.size() - kShown : 0;
  for (std::size_t i = from; i < seen_.size(); ++i) {
    if (!text.empty()) text += ", ";
    text += fmt::format("\"{}\" from {} to {}", seen_[i].reason, format_duration(seen_[i].first),
                        format_duration(seen_[i].last));
  }
  return text;
}

Error wait_expired(const Wait& wait, const Reasons& reasons) {
  return Error{.kind = ErrorKind::TimedOut,
               .attempted = "see " + wait.what,
               .subject = fmt::format("within {}", format_duration(wait.bound)),
               .why = fmt::format("last seen \"{}\"; seen: {}", reasons.last(), reasons.summary())};
}

Error wait_interrupted(const Wait& wait, const Reasons& reasons) {
  return Error{.kind = ErrorKind::Interrupted,
               .attempted = "wait for " + wait.what,
               .why = fmt::format("interrupted; last seen \"{}\"", reasons.last())};
}

void pause_between_probes(Clock& clock, const Wait& wait, const Deadline& deadline) {
  const Duration left = deadline.remaining(clock);
  const Duration step =
      std::min(wait.every, std::max(left, Duration(std::chrono::milliseconds(1))));
  clock.pause(step);
}

}  // namespace detail

Result<void> consistently(Clock& clock, const Wait& wait,
                          const std::function<Probed<std::monostate>()>& probe) {
  const Deadline deadline(clock, wait.bound);
  const Instant start = clock.now();
  while (!deadline.passed(clock)) {
    if (wait.stop.stop_requested()) return detail::wait_interrupted(wait, {});
    const auto answer = probe();
    if (const auto* broken = std::get_if<NotYet>(&answer)) {
      return Error{
          .kind = ErrorKind::Refused,
          .attempted = "see " + wait.what,
          .subject = fmt::format("for {}", format_duration(wait.bound)),
          .why = fmt::format("after {}: {}", format_duration(clock.now() - start), broken->reason)};
    }
    detail::pause_between_probes(clock, wait, deadline);
  }
  return success();
}

}  // namespace splitsite
