#include "faults/link_delay.hpp"

#include <fmt/format.h>

#include "faults/link_pair.hpp"
#include "faults/measure/round_trip.hpp"

namespace splitsite {
namespace {

constexpr Duration kLongest = std::chrono::seconds(5);

double ms(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

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
  SPLITSITE_TRY(const Ends ends, ends_of(bench.config, {LinkKind::Site, first_, second_}));
  SPLITSITE_TRY(before_, undisturbed_round_trip(bench, ends.crossing, tolerance_));
  SPLITSITE_TRY(control_before_, undisturbed_round_trip(bench, ends.control, tolerance_));
  return success();
}

Result<Proof> LinkDelay::prove(const Bench& bench) const {
  SPLITSITE_TRY(const Ends ends, ends_of(bench.config, {LinkKind::Site, first_, second_}));
  Proof proof{.claim = fmt::format("the round trip {} grew by {:g} ms",
                                   splitsite::describe(ends.crossing), ms(2 * added_))};
  const Duration expected = before_ + 2 * added_;
  SPLITSITE_TRY(const auto now, takes(bench, ends.crossing, expected, tolerance_));
  SPLITSITE_TRY(proof.control, takes_no_longer(bench, ends.control, control_before_, tolerance_));
  proof.measured = fmt::format("{}, before {:.2f} ms", now, ms(before_));
  return proof;
}

Result<Proof> LinkDelay::prove_healed(const Bench& bench) const {
  SPLITSITE_TRY(const Ends ends, ends_of(bench.config, {LinkKind::Site, first_, second_}));
  SPLITSITE_TRY(const auto now, takes_no_longer(bench, ends.crossing, before_, tolerance_));
  return Proof{
      .claim = fmt::format("the round trip {} is as before", splitsite::describe(ends.crossing)),
      .measured = fmt::format("{}, before {:.2f} ms", now, ms(before_)),
      .control = "none needed: nothing is changed any more"};
}

}  // namespace splitsite
