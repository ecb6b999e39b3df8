#include "harness/time/clock.hpp"

#include <fmt/format.h>

#include <thread>

namespace splitsite {
namespace {

class SteadyClock final : public Clock {
 public:
  Instant now() const override { return std::chrono::steady_clock::now(); }
  void pause(Duration d) override { std::this_thread::sleep_for(d); }
};

}  // namespace

Clock& steady_clock() {
  static SteadyClock clock;
  return clock;
}

std::string format_duration(Duration d) {
  const double ns = static_cast<double>(d.count());
  const double size = ns < 0 ? -ns : ns;
  if (size == 0) return "0 s";
  if (size >= 1e9) return fmt::format("{:.1f} s", ns / 1e9);
  if (size >= 1e6) return fmt::format("{:.0f} ms", ns / 1e6);
  if (size >= 1e3) return fmt::format("{:.0f} us", ns / 1e3);
  return fmt::format("{} ns", d.count());
}

}  // namespace splitsite
