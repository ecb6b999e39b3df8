#include "suites/acceptance/engine_site_lost.hpp"

#include <fmt/format.h>

#include "faults/site/site_power_loss.hpp"
#include "harness/verdict/engine.hpp"
#include "harness/verdict/safety.hpp"
#include "suites/vocabulary/watching.hpp"
#include "suites/vocabulary/withhold.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const VmId& engine_vm() {
  static const VmId name(hosted_engine_vm);
  return name;
}

struct AllBounds {
  ComposedBounds engine;
  ComposedBounds failover;
  ComposedBounds spm;
  ComposedBounds failback;
};

AllBounds bounds_of(const LabConfig& config, const Cast& cast) {
  const LabAllowance allowance;
  const EngineAllowance engine;
  return {engine_failover(config.timing, engine, allowance),
          failover_behind_engine(config.timing, engine, allowance),
          spm_behind_engine(config.timing, engine, allowance),
          affinity_failback(config.timing, static_cast<int>(cast.movers.size()), allowance)};
}

Reason engine_not_in(const Stage& stage, const NodeSet& hosts) {
  const auto running = stage.ground().running_on(engine_vm());
  if (running.empty()) return "the engine VM does not run";
  if (hosts.count(*running.begin()) == 0) return fmt::format("it runs on {}", *running.begin());
  if (!stage.picture()) return fmt::format("it runs on {} and does not answer", *running.begin());
  return std::nullopt;
}

Result<void> watch_failover(Stage& stage, const Cast& cast, const AllBounds& bounds) {
  stage.phase("engine failover");
  SPLITSITE_TRY_VOID(stage.watch("the engine answering in the secondary site",
                                 bounds.engine.total.at_most + 10s,
                                 [&] { return engine_not_in(stage, cast.secondary_hosts); }));
  stage.phase("failover");
  SPLITSITE_TRY_VOID(
      stage.watch("every HA VM with a lease in the secondary site", bounds.failover.total.at_most,
                  [&] { return not_running_in(stage, cast.movers, cast.secondary_hosts); }));
  SPLITSITE_TRY_VOID(stage.watch("the SPM in the secondary site", bounds.spm.total.at_most,
                                 [&] { return spm_not_in(stage, cast.secondary_hosts); }));
  return success();
}

Result<void> play(Stage& stage) {
  const Cast cast = cast_of(stage.config());
  const AllBounds bounds = bounds_of(stage.config(), cast);

  stage.phase("steady load");
  SPLITSITE_TRY_VOID(watch_steady_load(stage, 10s));

  stage.phase("primary site loses power, the engine with it");
  SPLITSITE_TRY(auto outage,
                stage.injector().inject(std::make_unique<SitePowerLoss>(cast.primary)));
  SPLITSITE_TRY_VOID(watch_failover(stage, cast, bounds));

  stage.phase("primary site gets power");
  SPLITSITE_TRY_VOID(std::move(outage).heal());

  stage.phase("return");
  SPLITSITE_TRY_VOID(
      stage.watch("both replicas in sync", 3min, [&] { return not_in_sync(stage); }));
  SPLITSITE_TRY_VOID(stage.watch("every primary host up", 4min,
                                 [&] { return not_up(stage, cast.primary_hosts); }));

  stage.phase("failback");
  SPLITSITE_TRY_VOID(stage.watch("every VM home", bounds.failback.total.at_most + 10s, [&] {
    return not_running_in(stage, cast.movers, cast.primary_hosts);
  }));

  stage.phase("read back");
  return stage.read_disks_back();
}

Judgement judge_story(const Events& events, const LabConfig& config) {
  const Cast cast = cast_of(config);
  const AllBounds bounds = bounds_of(config, cast);
  Judgement judgement{.verdicts = {},
                      .bounds = {bounds.engine, bounds.failover, bounds.spm, bounds.failback}};
  Verdicts& verdicts = judgement.verdicts;
  std::vector<VmId> copies = cast.all_vms;
  copies.push_back(engine_vm());
  std::vector<std::string> leases = cast.leases;
  leases.emplace_back(hosted_engine_vm);
  verdicts = {assumptions(events, cast.all_vms),
              single_copy(events, copies),
              single_lease_holder(events, leases),
              one_writable_half(events),
              no_lost_write(events, cast.all_vms),
              engine_failed_over(events, engine_vm(), cast.primary_hosts, cast.secondary_hosts,
                                 bounds.engine)};
  for (const VmId& vm : cast.movers) {
    verdicts.push_back(
        failed_over(events, vm, cast.primary_hosts, cast.secondary_hosts, bounds.failover));
  }
  for (const VmId& vm : cast.controls) verdicts.push_back(stays_down(events, vm));
  for (const VmId& vm : cast.locals) {
    verdicts.push_back(undisturbed(events, vm, config.timing.lease_lost_after()));
  }
  verdicts.push_back(spm_moved(events, cast.primary_hosts, cast.secondary_hosts, bounds.spm));
  verdicts.push_back(spm_stays(events, cast.secondary_hosts));
  for (const VmId& vm : cast.movers) {
    verdicts.push_back(failed_back(events, vm, cast.primary_hosts, bounds.failback));
  }
  withhold_what_was_not_asked(events, judgement.verdicts);
  return judgement;
}

}  // namespace

Scenario engine_site_lost() {
  return {.suite = "self-hosted",
          .name = "engine-site-lost",
          .title = "The self-hosted engine and then the HA VMs move to the secondary site",
          .topology = "stretch-self-hosted",
          .play = play,
          .judge = judge_story};
}

}  // namespace splitsite
