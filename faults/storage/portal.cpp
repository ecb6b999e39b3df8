#include "faults/storage/portal.hpp"

#include <fmt/format.h>

#include "harness/time/eventually.hpp"

namespace splitsite {

std::string describe(const HostPath& path) {
  return fmt::format("{} {}, {}", path.disk.empty() ? "no disk" : path.disk, path.session,
                     path.in_use ? "in use" : "not in use");
}

Result<HostPath> read_path(const Bench& bench, const NodeId& host, const std::string& portal) {
  SPLITSITE_TRY(const auto seen,
                bench.nodes.observe(host, "storage.paths", nlohmann::json::object()));
  for (const auto& path : seen.value("paths", nlohmann::json::array())) {
    if (path.value("portal", "") != portal) continue;
    return HostPath{.session = path.value("session", ""),
                    .disk = path.value("device", ""),
                    .in_use = path.value("multipath", "") == "active"};
  }
  return Error{.kind = ErrorKind::Refused,
               .attempted = "find the path to " + portal + " of",
               .subject = host.str(),
               .why = "it has no session there"};
}

Result<std::string> knock(const Bench& bench, const NodeId& host, const std::string& portal) {
  SPLITSITE_TRY(const auto seen, bench.nodes.observe(host, "storage.portal",
                                                     {{"address", portal}, {"bound_ms", 1000}}));
  return seen.value("outcome", "");
}

Result<std::string> path_is_whole(const Bench& bench, const NodeId& host, const std::string& portal,
                                  Duration bound) {
  const std::string claim = fmt::format("the path of {} to {} is whole", host, portal);
  const Wait wait{
      .what = claim, .bound = bound, .every = std::chrono::milliseconds(250), .stop = bench.stop};
  auto whole = eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    const auto path = read_path(bench, host, portal);
    if (!path) return NotYet{path.error().message()};
    const auto door = knock(bench, host, portal);
    if (!door) return NotYet{door.error().message()};
    std::string text = fmt::format("{} to {}: {}, new connection {}", host, portal,
                                   describe(path.value()), door.value());
    if (!path.value().whole() || door.value() != "connected") return NotYet{text};
    return text;
  });
  if (!whole) return not_proven(claim, whole.error().message());
  return whole;
}

}  // namespace splitsite
