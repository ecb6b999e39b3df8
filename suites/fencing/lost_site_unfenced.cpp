// Fact 3.2 step 3 and fact 8 #18: exactly half of the hosts without contact.
#include "suites/fencing/lost_site_unfenced.hpp"

#include "faults/site/site_power_loss.hpp"
#include "harness/verdict/fencing.hpp"
#include "suites/fencing/fencing_cast.hpp"
#include "suites/vocabulary/safety_verdicts.hpp"
#include "suites/vocabulary/watching.hpp"
#include "suites/vocabulary/withhold.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

ComposedBounds failover_of(const LabConfig& config) {
  return lease_failover(config.timing, static_cast<int>(config.vms.size()), true, {});
}

Result<void> play(Stage& stage) {
  const Cast cast = cast_of(stage.config());
  const ComposedBounds failover = failover_of(stage.config());

  stage.phase("steady load");
  SPLITSITE_TRY_VOID(watch_steady_load(stage, 10s));

  stage.phase("primary site loses power");
  SPLITSITE_TRY(auto outage,
                stage.injector().inject(std::make_unique<SitePowerLoss>(cast.primary)));

  stage.phase("failover by leases");
  SPLITSITE_TRY_VOID(
      stage.watch("every HA VM with a lease in the secondary site", failover.total.at_most + 10s,
                  [&] { return not_running_in(stage, cast.movers, cast.secondary_hosts); }));

  stage.phase("primary site gets power");
  SPLITSITE_TRY_VOID(std::move(outage).heal());
  SPLITSITE_TRY_VOID(
      stage.watch("both replicas in sync", 3min, [&] { return not_in_sync(stage); }));
  SPLITSITE_TRY_VOID(stage.watch("every primary host up", 4min,
                                 [&] { return not_up(stage, cast.primary_hosts); }));

  stage.phase("read back");
  return stage.read_disks_back();
}

Judgement judge_story(const Events& events, const LabConfig& config) {
  const Cast cast = cast_of(config);
  const ComposedBounds failover = failover_of(config);
  Judgement judgement{.verdicts = safety_verdicts(events, config, cast), .bounds = {failover}};
  Verdicts& verdicts = judgement.verdicts;
  verdicts.push_back(nobody_was_fenced(events));
  for (const VmId& vm : cast.movers) {
    verdicts.push_back(failed_over(events, vm, cast.primary_hosts, cast.secondary_hosts, failover));
  }
  if (const auto vm = unleased_ha_vm(config)) {
    verdicts.push_back(stays_down_until_heal(events, vm.value()));
  }
  withhold_what_was_not_asked(events, judgement.verdicts);
  return judgement;
}

}  // namespace

Scenario lost_site_unfenced() {
  return {.suite = "fencing-policy",
          .name = "lost-site-unfenced",
          .title = "A lost site is not fenced where the policy forbids it; leases do the work",
          .topology = "stretch-power-management",
          .play = play,
          .judge = judge_story};
}

}  // namespace splitsite
