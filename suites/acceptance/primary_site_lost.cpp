// AA-2, AA-3, AA-5, AA-6, AA-7: the primary site loses power and comes back. The same with what has
// to move first, because it moves the rest: SAM-2, the active node of a clustered Manager; SHE-1,
// the self-hosted engine.
#include "suites/acceptance/primary_site_lost.hpp"

#include <fmt/format.h>

#include <optional>

#include "faults/site/site_power_loss.hpp"
#include "harness/verdict/engine.hpp"
#include "suites/vocabulary/safety_verdicts.hpp"
#include "suites/vocabulary/watching.hpp"
#include "suites/vocabulary/withhold.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

struct AllBounds {
  std::optional<ComposedBounds> manager;  // of a clustered Manager, lost with the site
  std::optional<ComposedBounds> engine;   // of a self-hosted one
  ComposedBounds failover;
  ComposedBounds spm;
  ComposedBounds failback;
};

AllBounds bounds_of(const LabConfig& config, const Cast& cast) {
  const LabAllowance allowance;
  const int movers = static_cast<int>(cast.movers.size());
  const int vms = movers + static_cast<int>(cast.controls.size());
  AllBounds bounds{.manager = std::nullopt,
                   .engine = std::nullopt,
                   .failover = lease_failover(config.timing, vms, true, allowance),
                   .spm = spm_failover(config.timing, allowance),
                   .failback = affinity_failback(config.timing, movers, allowance)};
  if (config.clustered_manager()) {
    // Whoever is to move the rest has to move first.
    bounds.manager = manager_takeover(allowance);
    bounds.failover = behind(*bounds.manager, bounds.failover);
    bounds.spm = behind(*bounds.manager, with_start_pause(bounds.spm, config.timing));
  }
  if (config.hosted_engine) {
    const EngineAllowance engine;
    bounds.engine = engine_failover(config.timing, engine, allowance);
    bounds.failover = failover_behind_engine(config.timing, engine, allowance);
    bounds.spm = spm_behind_engine(config.timing, engine, allowance);
  }
  return bounds;
}

Reason engine_not_in(const Stage& stage, const NodeSet& hosts) {
  const auto running = stage.ground().running_on(engine_vm());
  if (running.empty()) return "the engine VM does not run";
  if (hosts.count(*running.begin()) == 0) return fmt::format("it runs on {}", *running.begin());
  if (!stage.picture()) return fmt::format("it runs on {} and does not answer", *running.begin());
  return std::nullopt;
}

Result<void> watch_engine(Stage& stage, const Cast& cast, const AllBounds& bounds) {
  if (!bounds.engine) return success();
  stage.phase("engine failover");
  SPLITSITE_TRY_VOID(stage.watch("the engine answering in the secondary site",
                                 bounds.engine->total.at_most + 10s,
                                 [&] { return engine_not_in(stage, cast.secondary_hosts); }));
  return success();
}

Result<void> watch_failover(Stage& stage, const Cast& cast, const AllBounds& bounds) {
  SPLITSITE_TRY_VOID(watch_engine(stage, cast, bounds));
  stage.phase("failover");
  SPLITSITE_TRY_VOID(stage.watch(
      "every HA VM with a lease in the secondary site", bounds.failover.total.at_most + 10s,
      [&] { return not_running_in(stage, cast.movers, cast.secondary_hosts); }));
  if (stage.config().dead_spm != DeadSpm::Moves) return success();
  SPLITSITE_TRY_VOID(stage.watch("the SPM in the secondary site", bounds.spm.total.at_most,
                                 [&] { return spm_not_in(stage, cast.secondary_hosts); }));
  return success();
}

Result<void> play(Stage& stage) {
  const Cast cast = cast_of(stage.config());
  const AllBounds bounds = bounds_of(stage.config(), cast);

  stage.phase("steady load");
  SPLITSITE_TRY_VOID(watch_steady_load(stage, 10s));

  stage.phase("primary site loses power");
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

// Whoever moves the rest, if the fault takes it along.
void judge_manager(const Events& events, const LabConfig& config, const Cast& cast,
                   const AllBounds& bounds, Judgement& judgement) {
  if (bounds.manager) {
    judgement.bounds.push_back(*bounds.manager);
    judgement.verdicts.push_back(manager_moved(events, config.managers().front(), *bounds.manager));
  }
  if (bounds.engine) {
    judgement.bounds.push_back(*bounds.engine);
    judgement.verdicts.push_back(engine_failed_over(events, engine_vm(), cast.primary_hosts,
                                                    cast.secondary_hosts, *bounds.engine));
  }
}

Judgement judge_story(const Events& events, const LabConfig& config) {
  const Cast cast = cast_of(config);
  const AllBounds bounds = bounds_of(config, cast);
  Judgement judgement{.verdicts = safety_verdicts(events, config, cast),
                      .bounds = {bounds.failover, bounds.spm, bounds.failback}};
  Verdicts& verdicts = judgement.verdicts;
  judge_manager(events, config, cast, bounds, judgement);
  for (const VmId& vm : cast.movers) {
    verdicts.push_back(
        failed_over(events, vm, cast.primary_hosts, cast.secondary_hosts, bounds.failover));
  }
  for (const VmId& vm : cast.controls) verdicts.push_back(stays_down(events, vm));
  for (const VmId& vm : cast.locals) {
    verdicts.push_back(undisturbed(events, vm, config.timing.lease_lost_after()));
  }
  if (config.dead_spm == DeadSpm::Moves) {
    verdicts.push_back(spm_moved(events, cast.primary_hosts, cast.secondary_hosts, bounds.spm));
    verdicts.push_back(spm_stays(events, cast.secondary_hosts));
  } else {
    verdicts.push_back(spm_stuck(events, cast.primary_hosts));
  }
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

Scenario primary_site_lost_with_manager() {
  return {.suite = "clustered-manager",
          .name = "primary-site-lost-with-clustered-manager",
          .title = "Losing the primary site moves the clustered Manager, and then the HA VMs",
          .topology = "stretch-standalone-clustered-manager",
          .play = play,
          .judge = judge_story};
}

Scenario primary_site_lost() {
  return {.suite = "acceptance",
          .name = "primary-site-lost",
          .title = "Losing the primary site moves the HA VMs to the secondary site and back",
          .play = play,
          .judge = judge_story};
}

}  // namespace splitsite
