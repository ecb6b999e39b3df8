// One line per expectation: whether it held, and the measurement behind it.
#pragma once

#include <fmt/format.h>

#include <string>

#include "harness/agent/links/check/traffic.hpp"
#include "harness/core/result.hpp"

namespace splitsite::agent::check {

inline std::string in_ms(Duration d) {
  return fmt::format("{:.3f} ms", std::chrono::duration<double, std::milli>(d).count());
}

inline std::string said(const Arrivals& arrivals) {
  if (arrivals.one_way.empty()) return fmt::format("nothing arrived, {} lost", arrivals.lost);
  return fmt::format("{} median one way ({} to {}), {} of {} lost", in_ms(arrivals.median()),
                     in_ms(arrivals.one_way.front()), in_ms(arrivals.one_way.back()), arrivals.lost,
                     arrivals.lost + static_cast<int>(arrivals.one_way.size()));
}

inline std::string said(const Outcome& outcome) {
  if (outcome.worked) return "went through in " + in_ms(outcome.took);
  if (outcome.error == 0) return "silence for " + in_ms(outcome.took);
  return fmt::format("refused in {}: {}", in_ms(outcome.took), errno_text(outcome.error));
}

class Report {
 public:
  void expect(bool holds, const std::string& what) {
    fmt::print("{} {}\n", holds ? "ok    " : "FAILED", what);
    if (!holds) ++failed_;
  }
  void expect_done(const Result<void>& result, const std::string& what) {
    expect(result.has_value(), result ? what : what + ": " + result.error().message());
  }
  bool all_held() const { return failed_ == 0; }

 private:
  int failed_ = 0;
};

}  // namespace splitsite::agent::check
