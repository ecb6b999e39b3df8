#include "harness/agent/common_operations.hpp"

#include <time.h>

#include <cerrno>
#include <fstream>

namespace splitsite::agent {
namespace {

Result<Json> set_clock(Arguments& arguments) {
  SPLITSITE_TRY(const auto realtime, arguments.whole("realtime_ns", {.least = 1}));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  timespec before{};
  ::clock_gettime(CLOCK_REALTIME, &before);
  const timespec wanted{.tv_sec = realtime / 1'000'000'000, .tv_nsec = realtime % 1'000'000'000};
  if (::clock_settime(CLOCK_REALTIME, &wanted) != 0) {
    return Error{.kind = ErrorKind::Refused,
                 .attempted = "set",
                 .subject = "the node's clock",
                 .why = errno_text(errno)};
  }
  const std::int64_t was = before.tv_sec * 1'000'000'000LL + before.tv_nsec;
  return Json{{"stepped_ns", realtime - was}};
}

Result<Json> events_since(Arguments& arguments, const EventLog& events) {
  SPLITSITE_TRY(const auto after, arguments.whole("seq", {.least = 0}));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  auto replay = events.after(static_cast<std::uint64_t>(after));
  return Json{{"events", std::move(replay.events)},
              {"first_kept", replay.first_kept},
              {"last", replay.last}};
}

}  // namespace

std::string kernel_boot_id() {
  std::string id;
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::getline(file, id);
  return id;
}

void add_common_operations(Dispatcher& dispatcher, const Identity& identity, const BootSteps& steps,
                           const EventLog& events) {
  dispatcher.add("hello", [&](Arguments& arguments) -> Result<Json> {
    SPLITSITE_TRY_VOID(arguments.nothing_else());
    return Json{{"node", identity.node},        {"role", identity.role},
                {"boot_id", identity.boot_id},  {"now_ns", node_now().count()},
                {"protocol", protocol_version}, {"steps_done", steps.lines().size()},
                {"ready", steps.ready()},       {"last_seq", events.last()}};
  });
  dispatcher.add("ping", [](Arguments& arguments) -> Result<Json> {
    SPLITSITE_TRY_VOID(arguments.nothing_else());
    return Json{{"now_ns", node_now().count()}};
  });
  dispatcher.add("events.since",
                 [&](Arguments& arguments) { return events_since(arguments, events); });
  dispatcher.add("clock.set", set_clock);
}

}  // namespace splitsite::agent
