// The negative twin of primary-site-isolated: a Manager that starts VMs without their lease makes
// second copies, and the single-copy oracle must catch it. Here "violated" is the good answer.
#include "suites/negative/start_without_lease.hpp"

#include <fmt/format.h>

#include "harness/verdict/safety.hpp"
#include "suites/vocabulary/cast.hpp"
#include "suites/vocabulary/isolation.hpp"
#include "suites/vocabulary/withhold.hpp"

namespace splitsite {
namespace {

Judgement judge_story(const Events& events, const LabConfig& config) {
  const Cast cast = cast_of(config);
  Verdict caught = single_copy(events, cast.all_vms);
  caught.id = "caught:single-copy";
  caught.title = "The single-copy oracle catches a Manager that starts a VM without its lease";
  caught.finding = fmt::format("the oracle said {}: {}", to_string(caught.outcome), caught.finding);
  if (caught.outcome == Outcome::Violated) {
    caught.outcome = Outcome::Holds;
  } else if (caught.outcome == Outcome::Holds) {
    caught.outcome = Outcome::Violated;
  }
  Judgement judgement{.verdicts = {assumptions(events, cast.all_vms), caught}, .bounds = {}};
  withhold_what_was_not_asked(events, judgement.verdicts);
  return judgement;
}

}  // namespace

Scenario start_without_lease() {
  return {.suite = "negative",
          .name = "start-without-lease",
          .title = "A Manager that ignores leases is caught",
          .unsafe_manager = true,
          .play = play_isolation,
          .judge = judge_story};
}

}  // namespace splitsite
