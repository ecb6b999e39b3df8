#include "faults/link_delay.hpp"

#include <fmt/format.h>

#include "faults/link_pair.hpp"

namespace splitsite {
namespace {

constexpr Duration kLongest = std::chrono::seconds(5);

double ms(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

bool near(Duration measured, Duration expected, Duration tolerance) {
  const Duration off = measured > expected ? measured - expected : expected - measured;
  return off <= tolerance;
}

}  // namespace

LinkDelay::LinkDelay(SiteId first, SiteId second, Duration added, Duration tolerance)
    : first_(std::move(first)), second_(std::move(second)), added_(added), tolerance_(tolerance) {}

std::string LinkDelay::describe() const {
  return fmt::format("delay of {:g} ms each way between the sites {} and {}", ms(added_), first_,
                     second_);
}

nlohmann::json LinkDelay::parameters() const {
  return {{"sites", {first_.str(), second_.str()}}, {"added_one_way_ms", ms(added_)}};
}

Result<Plan> LinkDelay::plan(const LabConfig& config) const {
  if (added_ <= Duration::zero() || added_ > kLongest) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "plan the",
                 .subject = describe(),
                 .why = fmt::format("parameter \"added\": {:g} ms is out of range", ms(added_)),
                 .hint = fmt::format("give more than 0 and at most {:g} ms", ms(kLongest))};
  }
  SPLITSITE_TRY(const LinkConfig link, find_link(config, LinkKind::Site, first_, second_));
  return plan_both_ways(link, {.delay = added_});
}

Result<void> LinkDelay::measure_before(const Bench& bench) {
  SPLITSITE_TRY(const LinkPair pair, find_link_pair(bench.config, first_, second_));
  SPLITSITE_TRY(before_, round_trip(bench, pair.near, pair.far));
  SPLITSITE_TRY(control_before_, round_trip(bench, pair.near, pair.control));
  return success();
}

Result<Proof> LinkDelay::prove(const Bench& bench) const {
  SPLITSITE_TRY(const LinkPair pair, find_link_pair(bench.config, first_, second_));
  SPLITSITE_TRY(const Duration now, round_trip(bench, pair.near, pair.far));
  SPLITSITE_TRY(const Duration control, round_trip(bench, pair.near, pair.control));
  Proof proof{.claim = fmt::format("the round trip {} to {} grew by {:g} ms", pair.near, pair.far,
                                   ms(2 * added_)),
              .measured = fmt::format("{:.2f} ms before, {:.2f} ms now", ms(before_), ms(now)),
              .control = fmt::format("{} to {}: {:.2f} ms before, {:.2f} ms now", pair.near,
                                     pair.control, ms(control_before_), ms(control))};
  if (!near(now, before_ + 2 * added_, tolerance_)) return not_proven(proof.claim, proof.measured);
  if (!near(control, control_before_, tolerance_)) {
    return not_proven("the control is not affected", proof.control);
  }
  return proof;
}

Result<Proof> LinkDelay::prove_healed(const Bench& bench) const {
  SPLITSITE_TRY(const LinkPair pair, find_link_pair(bench.config, first_, second_));
  SPLITSITE_TRY(const Duration now, round_trip(bench, pair.near, pair.far));
  Proof proof{.claim = fmt::format("the round trip {} to {} is as before", pair.near, pair.far),
              .measured = fmt::format("{:.2f} ms before, {:.2f} ms now", ms(before_), ms(now)),
              .control = "none needed: nothing is changed any more"};
  if (!near(now, before_, tolerance_)) return not_proven(proof.claim, proof.measured);
  return proof;
}

}  // namespace splitsite
