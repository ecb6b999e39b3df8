// Fact sheet 2.7, "mgmt lost, storage OK": the VMs of an isolated site run on, the Manager's
// restart attempts are refused by their leases, nothing is duplicated.
#include "suites/acceptance/primary_site_isolated.hpp"

#include "suites/vocabulary/cast.hpp"
#include "suites/vocabulary/isolation.hpp"
#include "suites/vocabulary/safety_verdicts.hpp"
#include "suites/vocabulary/withhold.hpp"

namespace splitsite {
namespace {

Judgement judge_story(const Events& events, const LabConfig& config) {
  const Cast cast = cast_of(config);
  Judgement judgement;
  judgement.verdicts = safety_verdicts(events, config, cast);
  for (const VmId& vm : cast.movers) judgement.verdicts.push_back(never_moved(events, vm));
  withhold_what_was_not_asked(events, judgement.verdicts);
  return judgement;
}

}  // namespace

Scenario primary_site_isolated() {
  return {.suite = "isolation",
          .name = "primary-site-isolated",
          .title = "VMs of a site that is only cut off keep running and are never duplicated",
          .play = play_isolation,
          .judge = judge_story};
}

}  // namespace splitsite
