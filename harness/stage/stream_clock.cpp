#include "harness/stage/stream_clock.hpp"

namespace splitsite {

Result<Duration> stream_clock_offset(AgentClient& agent) {
  constexpr int kMostCalls = 40;
  constexpr Duration kQuickEnough = std::chrono::milliseconds(1);
  Duration quickest = Duration::max();
  Duration offset{};
  for (int i = 0; i < kMostCalls && quickest > kQuickEnough; ++i) {
    const Instant before = steady_clock().now();
    SPLITSITE_TRY(const auto answer,
                  agent.call("stream.clock", nlohmann::json::object(), std::chrono::seconds(10)));
    const Duration took = steady_clock().now() - before;
    if (took >= quickest) continue;
    quickest = took;
    offset =
        before.time_since_epoch() + took / 2 - Duration(answer.value("now_ns", std::int64_t{0}));
  }
  return offset;
}

}  // namespace splitsite
