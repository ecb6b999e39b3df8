// SAM-3 on a small scale: latency between the sites well inside the supported 100 ms disturbs
// nothing. Shows the netlink path: delay asked for, measured, and gone again.
#include "suites/latency/inter_site_latency.hpp"

#include "faults/link/link_delay.hpp"
#include "suites/vocabulary/safety_verdicts.hpp"
#include "suites/vocabulary/watching.hpp"
#include "suites/vocabulary/withhold.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

Result<void> play(Stage& stage) {
  const Cast cast = cast_of(stage.config());
  stage.phase("steady load");
  SPLITSITE_TRY_VOID(watch_steady_load(stage, 5s));

  stage.phase("latency between the sites");
  const LinkScope between_sites{.first = cast.primary, .second = cast.secondary};
  SPLITSITE_TRY(auto delay,
                stage.injector().inject(std::make_unique<LinkDelay>(between_sites, 10ms)));
  SPLITSITE_TRY_VOID(stage.measure_links());
  SPLITSITE_TRY_VOID(watch_steady_load(stage, 20s));

  stage.phase("latency healed");
  SPLITSITE_TRY_VOID(std::move(delay).heal());
  SPLITSITE_TRY_VOID(watch_steady_load(stage, 5s));
  return stage.read_disks_back();
}

Judgement judge_story(const Events& events, const LabConfig& config) {
  const Cast cast = cast_of(config);
  Judgement judgement;
  judgement.verdicts = safety_verdicts(events, config, cast);
  for (const VmId& vm : cast.all_vms) {
    judgement.verdicts.push_back(undisturbed(events, vm, config.timing.lease_lost_after()));
  }
  withhold_what_was_not_asked(events, judgement.verdicts);
  return judgement;
}

}  // namespace

Scenario inter_site_latency() {
  return {.suite = "latency",
          .name = "inter-site-latency",
          .title = "20 ms more round trip between the sites disturbs no VM",
          .play = play,
          .judge = judge_story};
}

}  // namespace splitsite
