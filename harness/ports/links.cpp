#include "harness/ports/links.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace splitsite {
namespace {

double to_ms(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

const char* word(DelayShape shape) {
  constexpr std::array words{"uniform", "normal", "pareto", "pareto-normal"};
  return words.at(static_cast<std::size_t>(shape));
}

void add_delay(const Impairment& impairment, std::vector<std::string>& parts) {
  if (impairment.delay == Duration::zero()) return;
  std::string text = fmt::format("delay {:g} ms", to_ms(impairment.delay));
  if (impairment.jitter > Duration::zero()) {
    text += fmt::format(" ± {:g} ms", to_ms(impairment.jitter));
    if (impairment.shape != DelayShape::Uniform) text += fmt::format(" {}", word(impairment.shape));
    if (impairment.delay_correlation_percent > 0) {
      text += fmt::format(" correlated {:g} %", impairment.delay_correlation_percent);
    }
  }
  parts.push_back(std::move(text));
}

void add_loss(const Impairment& impairment, std::vector<std::string>& parts) {
  if (impairment.loss_percent > 0) {
    std::string text = fmt::format("loss {:g} %", impairment.loss_percent);
    if (impairment.loss_correlation_percent > 0) {
      text += fmt::format(" correlated {:g} %", impairment.loss_correlation_percent);
    }
    parts.push_back(std::move(text));
  }
  if (const auto& bursts = impairment.bursts) {
    parts.push_back(fmt::format("burst loss (enter {:g} %, leave {:g} %, bad {:g} %, good {:g} %)",
                                bursts->enter_percent, bursts->leave_percent,
                                bursts->bad_loss_percent, bursts->good_loss_percent));
  }
}

void add_rest(const Impairment& impairment, std::vector<std::string>& parts) {
  const auto percent = [&](const char* what, double value) {
    if (value > 0) parts.push_back(fmt::format("{} {:g} %", what, value));
  };
  percent("duplicate", impairment.duplicate_percent);
  percent("corrupt", impairment.corrupt_percent);
  percent("reorder", impairment.reorder_percent);
  if (impairment.rate_bits_per_second > 0) {
    parts.push_back(fmt::format("rate {:g} Mbit/s",
                                static_cast<double>(impairment.rate_bits_per_second) / 1e6));
  }
  if (impairment.longest_packet > 0) {
    parts.push_back(fmt::format("packets above {} bytes vanish", impairment.longest_packet));
  }
  const char* how = impairment.cut == Cut::Reject ? "cut (reject)" : "cut (drop)";
  if (const auto& flapping = impairment.flapping) {
    parts.push_back(fmt::format("{} for {:g} ms of every {:g} ms", how, to_ms(flapping->down),
                                to_ms(flapping->period)));
  } else if (impairment.cut != Cut::None) {
    parts.emplace_back(how);
  }
}

Error cannot_both(const char* what) {
  return Error{.kind = ErrorKind::Conflict,
               .attempted = "put two faults on one direction of a link",
               .why = fmt::format("both set its {}", what),
               .hint = "heal one of them first"};
}

// Of two independent chances in percent, the chance that at least one strikes.
double either(double x, double y) { return 100 - (100 - x) * (100 - y) / 100; }

// The smaller of two limits of which 0 means none.
template <class T>
T tighter(T x, T y) {
  return x == 0 ? y : y == 0 ? x : std::min(x, y);
}

Result<void> add_effect(Impairment& sum, const Impairment& effect) {
  if (sum.bursts && effect.bursts) return cannot_both("burst loss");
  if (sum.flapping && effect.flapping) return cannot_both("flapping");
  const bool jitters = sum.jitter > Duration::zero() && effect.jitter > Duration::zero();
  if (jitters && sum.shape != effect.shape) return cannot_both("shape of jitter");
  if (effect.jitter > Duration::zero()) sum.shape = effect.shape;
  sum.delay += effect.delay;
  sum.jitter += effect.jitter;
  sum.delay_correlation_percent =
      std::max(sum.delay_correlation_percent, effect.delay_correlation_percent);
  sum.loss_percent = either(sum.loss_percent, effect.loss_percent);
  sum.loss_correlation_percent =
      std::max(sum.loss_correlation_percent, effect.loss_correlation_percent);
  if (effect.bursts) sum.bursts = effect.bursts;
  if (sum.bursts && sum.loss_percent > 0) return cannot_both("loss, one random and one in bursts");
  sum.duplicate_percent = either(sum.duplicate_percent, effect.duplicate_percent);
  sum.corrupt_percent = either(sum.corrupt_percent, effect.corrupt_percent);
  sum.reorder_percent = either(sum.reorder_percent, effect.reorder_percent);
  sum.rate_bits_per_second = tighter(sum.rate_bits_per_second, effect.rate_bits_per_second);
  sum.longest_packet = tighter(sum.longest_packet, effect.longest_packet);
  return success();
}

// A whole cut outlasts a flapping one; silence beats an answer.
void add_cut(Impairment& sum, const Impairment& effect) {
  const bool whole_before = sum.cut != Cut::None && !sum.flapping;
  const bool whole_now = effect.cut != Cut::None && !effect.flapping;
  if (whole_before && whole_now) {
    sum.cut = sum.cut == Cut::Drop || effect.cut == Cut::Drop ? Cut::Drop : Cut::Reject;
  } else if (whole_now) {
    sum.cut = effect.cut;
    sum.flapping.reset();
  } else if (!whole_before && effect.flapping) {
    sum.cut = effect.cut;
    sum.flapping = effect.flapping;
  }
}

}  // namespace

double BurstLoss::mean_loss_percent() const {
  const double moves = enter_percent + leave_percent;
  if (moves <= 0) return good_loss_percent;  // it never leaves the good state
  const double bad = enter_percent / moves;
  return bad * bad_loss_percent + (1 - bad) * good_loss_percent;
}

std::string describe(const Impairment& impairment) {
  std::vector<std::string> parts;
  add_delay(impairment, parts);
  add_loss(impairment, parts);
  add_rest(impairment, parts);
  return parts.empty() ? "clear" : fmt::format("{}", fmt::join(parts, ", "));
}

std::string describe(const LinkDirection& direction) {
  const char* kind = direction.kind == LinkKind::Site ? "site" : "replication";
  return fmt::format("{} link {} to {}", kind, direction.from, direction.to);
}

Result<Impairment> compose(const Impairment& baseline, const std::vector<Impairment>& effects) {
  Impairment sum = baseline;
  for (const Impairment& effect : effects) {
    SPLITSITE_TRY_VOID(add_effect(sum, effect));
    add_cut(sum, effect);
  }
  return sum;
}

}  // namespace splitsite
