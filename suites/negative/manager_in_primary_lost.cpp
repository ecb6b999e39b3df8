#include "suites/negative/manager_in_primary_lost.hpp"

#include "faults/site/site_power_loss.hpp"
#include "suites/vocabulary/safety_verdicts.hpp"
#include "suites/vocabulary/watching.hpp"
#include "suites/vocabulary/withhold.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

// What a failover would take if there were a Manager.
ComposedBounds failover_bounds(const LabConfig& config, const Cast& cast) {
  const int vms = static_cast<int>(cast.movers.size() + cast.controls.size());
  return lease_failover(config.timing, vms, true, LabAllowance{});
}

Reason somewhere_running(const Stage& stage, const std::vector<VmId>& vms, Duration until) {
  for (const VmId& vm : vms) {
    if (!stage.ground().running_on(vm).empty()) return std::nullopt;
  }
  if (stage.now() >= until) return std::nullopt;
  return "no VM of the lost site runs";
}

Result<void> play(Stage& stage) {
  const Cast cast = cast_of(stage.config());
  const Duration enough = failover_bounds(stage.config(), cast).total.at_most + 5s;

  stage.phase("steady load");
  SPLITSITE_TRY_VOID(watch_steady_load(stage, 5s));

  stage.phase("primary site loses power, the Manager with it");
  SPLITSITE_TRY(auto outage,
                stage.injector().inject(std::make_unique<SitePowerLoss>(cast.primary)));

  stage.phase("as long as a failover would take");
  const Duration until = stage.now() + enough;
  SPLITSITE_TRY_VOID(stage.watch("a failover that must not come", enough + 5s,
                                 [&] { return somewhere_running(stage, cast.movers, until); }));

  stage.phase("primary site gets power");
  SPLITSITE_TRY_VOID(std::move(outage).heal());
  SPLITSITE_TRY_VOID(
      stage.watch("both replicas in sync", 3min, [&] { return not_in_sync(stage); }));
  SPLITSITE_TRY_VOID(stage.watch("every primary host up", 4min,
                                 [&] { return not_up(stage, cast.primary_hosts); }));
  return stage.read_disks_back();
}

Judgement judge_story(const Events& events, const LabConfig& config) {
  const Cast cast = cast_of(config);
  const ComposedBounds failover = failover_bounds(config, cast);
  Judgement judgement{.verdicts = {}, .bounds = {failover}};
  judgement.verdicts = safety_verdicts(events, config, cast);
  for (const VmId& vm : cast.movers) {
    judgement.verdicts.push_back(not_failed_over(events, vm, cast.primary_hosts, failover));
  }
  for (const VmId& vm : cast.locals) {
    judgement.verdicts.push_back(undisturbed(events, vm, config.timing.lease_lost_after()));
  }
  withhold_what_was_not_asked(events, judgement.verdicts);
  return judgement;
}

}  // namespace

Scenario manager_in_primary_lost() {
  return {.suite = "manager-in-primary",
          .name = "manager-in-primary-lost",
          .title = "A Manager lost with the primary site fails nothing over",
          .topology = "stretch-standalone-manager-in-primary",
          .play = play,
          .judge = judge_story};
}

}  // namespace splitsite
