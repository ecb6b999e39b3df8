#include "faults/host/clock_reading.hpp"

namespace splitsite {

Result<ClockReading> read_clocks(const Bench& bench, const NodeId& node, const std::string& kind) {
  SPLITSITE_TRY(const auto seen, bench.nodes.observe(node, kind, nlohmann::json::object()));
  const auto time = [&](const char* name) { return Duration(seen.value(name, std::int64_t{0})); };
  return ClockReading{time("realtime_ns"), time("monotonic_ns"), time("raw_ns"),
                      seen.value("boot_id", "")};
}

double parts_per_million(const ClockReading& from, const ClockReading& to) {
  const auto real = static_cast<double>((to.realtime - from.realtime).count());
  const auto raw = static_cast<double>((to.raw - from.raw).count());
  return raw > 0 ? (real / raw - 1) * 1e6 : 0;
}

}  // namespace splitsite
