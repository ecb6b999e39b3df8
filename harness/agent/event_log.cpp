#include "harness/agent/event_log.hpp"

#include <time.h>

namespace splitsite::agent {

NodeTime node_now() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::string to_line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void EventLog::emit(const std::string& kind, Json fields, std::optional<NodeTime> since) {
  fields["event"] = kind;
  fields["seq"] = ++last_;
  fields["at_ns"] = node_now().count();
  if (since) fields["since_ns"] = since->count();
  events_.push_back(std::move(fields));
  if (events_.size() > kept) events_.pop_front();
  sink_(events_.back());
}

EventLog::Replay EventLog::after(std::uint64_t after) const {
  Replay replay{.first_kept = last_ - events_.size() + 1, .last = last_};
  for (const Json& event : events_) {
    if (event["seq"].get<std::uint64_t>() > after) replay.events.push_back(event);
  }
  return replay;
}

}  // namespace splitsite::agent
