#include "harness/lab/power/switch_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "harness/core/handle.hpp"
#include "harness/core/system_error.hpp"

namespace splitsite::power {
namespace {

using nlohmann::json;

std::int64_t count(Instant at) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

Instant instant(const json& value) {
  return Instant(std::chrono::nanoseconds(value.get<std::int64_t>()));
}

}  // namespace

std::string to_line(const Switched& switched) {
  return json{{"host", switched.host.str()},
              {"on", switched.on},
              {"began_ns", count(switched.began)},
              {"ended_ns", count(switched.ended)}}
             .dump() +
         "\n";
}

Result<Switched> from_line(std::string_view line) {
  const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  const bool whole = object.is_object() && object.contains("host") && object["host"].is_string() &&
                     object.contains("on") && object["on"].is_boolean() &&
                     object.contains("began_ns") && object["began_ns"].is_number_integer() &&
                     object.contains("ended_ns") && object["ended_ns"].is_number_integer();
  if (!whole) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "read a line of the power controllers",
                 .why = std::string(line)};
  }
  return Switched{.host = NodeId(object["host"].get<std::string>()),
                  .on = object["on"].get<bool>(),
                  .began = instant(object["began_ns"]),
                  .ended = instant(object["ended_ns"])};
}

Result<void> append(const std::string& path, const Switched& switched) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file) return system_error("open", path);
  const std::string line = to_line(switched);
  const ssize_t written = ::write(file.get(), line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size())) return success();
  return system_error("write", path);
}

}  // namespace splitsite::power
