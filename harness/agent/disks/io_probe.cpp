#include "harness/agent/disks/io_probe.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <utility>

#include "harness/agent/disks/io_attempts.hpp"
#include "harness/core/system_error.hpp"

namespace splitsite::agent {
namespace {

using std::chrono::duration_cast;

constexpr Range count_range{.least = 1, .most = 100};
constexpr Range bound_range{.least = 10, .most = 12'000};  // the harness waits 15 s for an answer

Error refuse(const std::string& what, const std::string& why, const std::string& hint) {
  return Error{
      .kind = ErrorKind::Invalid, .attempted = "probe", .subject = what, .why = why, .hint = hint};
}

const char* word(IoAttempt::Outcome outcome) {
  switch (outcome) {
    case IoAttempt::Outcome::Done:
      return "done";
    case IoAttempt::Outcome::Failed:
      return "failed";
    case IoAttempt::Outcome::Silent:
      break;
  }
  return "silent";
}

Json to_json(const std::vector<IoAttempt>& attempts) {
  Json all = Json::array();
  for (const IoAttempt& attempt : attempts) {
    Json one{{"outcome", word(attempt.outcome)},
             {"took_us", duration_cast<std::chrono::microseconds>(attempt.took).count()}};
    if (attempt.error != 0) one["why"] = errno_text(attempt.error);
    all.push_back(std::move(one));
  }
  return all;
}

struct Wanted {
  IoPlan plan;
  Duration bound{};
  bool through_open_flow = false;
};

Result<bool> one_of(Arguments& arguments, const char* name, const char* no, const char* yes) {
  SPLITSITE_TRY(const auto given, arguments.text(name));
  if (given == no) return false;
  if (given == yes) return true;
  return refuse(name, fmt::format("\"{}\" is not one of its words", given),
                fmt::format("give {} or {}", no, yes));
}

Result<Wanted> wanted_from(const Json& given, const IoProbe::Setting& setting) {
  Arguments arguments("io.probe", given);
  Wanted wanted;
  SPLITSITE_TRY(const auto device, arguments.text("device"));
  SPLITSITE_TRY(wanted.plan.write, one_of(arguments, "op", "read", "write"));
  SPLITSITE_TRY(wanted.through_open_flow, one_of(arguments, "flow", "new", "open"));
  const auto scratch = static_cast<std::int64_t>(setting.scratch.value_or(0));
  SPLITSITE_TRY(const auto offset, arguments.whole_or("offset", scratch, {.least = 0}));
  SPLITSITE_TRY(const auto count, arguments.whole_or("count", 1, count_range));
  SPLITSITE_TRY(const auto bound, arguments.whole("bound_ms", bound_range));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  if (device.find("..") != std::string::npos) {
    return refuse(device, "it is no path under " + setting.devices, "");
  }
  wanted.plan.path = setting.devices + device;
  wanted.plan.direct = setting.direct;
  wanted.plan.offset = static_cast<std::uint64_t>(offset);
  wanted.plan.count = static_cast<int>(count);
  wanted.bound = std::chrono::milliseconds(bound);
  if (wanted.plan.write && (!setting.scratch || wanted.plan.offset != *setting.scratch)) {
    return refuse(device, "only the block that is nobody's may be written", "leave the offset out");
  }
  return wanted;
}

}  // namespace

std::optional<std::uint64_t> scratch_offset(const StorageConfig& storage) {
  constexpr std::uint64_t lease_size = 1024 * 1024;
  if (storage.volumes.empty() || storage.leases.empty()) return std::nullopt;
  if (storage.volumes.front().offset < io_block) return std::nullopt;
  const std::uint64_t block = storage.volumes.front().offset - io_block;
  for (const LeaseConfig& lease : storage.leases) {
    if (lease.offset + lease_size > block) return std::nullopt;
  }
  return block;
}

Result<const IoProbe::Open*> IoProbe::open_flow(const std::string& path) {
  auto found = open_.find(path);
  if (found == open_.end()) {
    const int direct = setting_.direct ? O_DIRECT : 0;
    UniqueFd fd(::open(path.c_str(), O_RDWR | direct | O_NONBLOCK | O_CLOEXEC));
    if (!fd) return system_error("open", path);
    found = open_.emplace(path, Open{std::move(fd), node_now()}).first;
  }
  return &found->second;
}

void IoProbe::observe_later(const Json& given, const Answer& answer) {
  auto wanted = wanted_from(given, setting_);
  if (!wanted) return answer(wanted.error());
  Json extra = Json::object();
  if (wanted.value().through_open_flow) {
    const auto flow = open_flow(wanted.value().plan.path);
    if (!flow) return answer(flow.error());
    wanted.value().plan.open_fd = flow.value()->fd.get();
    extra["open_since_ns"] = flow.value()->since.count();
  }
  const auto started = attempt_io(loop_, wanted.value().plan, wanted.value().bound,
                                  [answer, extra](const std::vector<IoAttempt>& attempts) {
                                    Json reply = extra;
                                    reply["attempts"] = to_json(attempts);
                                    answer(std::move(reply));
                                  });
  if (!started) answer(started.error());
}

}  // namespace splitsite::agent
