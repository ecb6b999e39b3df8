#include "harness/ports/links.hpp"

#include <fmt/format.h>

namespace splitsite {
namespace {

double to_ms(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

}  // namespace

std::string describe(const Impairment& impairment) {
  std::string text;
  if (impairment.delay > Duration::zero()) {
    text = fmt::format("delay {:g} ms", to_ms(impairment.delay));
    if (impairment.jitter > Duration::zero()) {
      text += fmt::format(" ± {:g} ms", to_ms(impairment.jitter));
    }
  }
  if (impairment.loss_percent > 0) {
    if (!text.empty()) text += ", ";
    text += fmt::format("loss {:g} %", impairment.loss_percent);
  }
  return text.empty() ? "clear" : text;
}

std::string describe(const LinkDirection& direction) {
  const char* kind = direction.kind == LinkKind::Site ? "site" : "replication";
  return fmt::format("{} link {} to {}", kind, direction.from, direction.to);
}

}  // namespace splitsite
