// Fact 3.2: the treatment of a host that hangs, with power management.
#include "suites/fencing/hung_host_fenced.hpp"

#include "faults/host/host_hang.hpp"
#include "harness/verdict/fencing.hpp"
#include "suites/fencing/fencing_cast.hpp"
#include "suites/vocabulary/safety_verdicts.hpp"
#include "suites/vocabulary/watching.hpp"
#include "suites/vocabulary/withhold.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

struct AllBounds {
  ComposedBounds fencing;
  ComposedBounds restart;
};

AllBounds bounds_of(const LabConfig& config) {
  const LabAllowance allowance;
  const int vms = static_cast<int>(config.vms.size());
  return {fencing_by_proxy(config.timing, vms, true, allowance),
          restart_after_fencing(config.timing, allowance)};
}

Result<void> play(Stage& stage) {
  const Cast cast = cast_of(stage.config());
  SPLITSITE_TRY(const VmId vm, unleased_ha_vm(stage.config()));
  const AllBounds bounds = bounds_of(stage.config());

  stage.phase("steady load");
  SPLITSITE_TRY_VOID(watch_steady_load(stage, 10s));

  stage.phase("its host hangs");
  const auto running = stage.ground().running_on(vm);
  if (running.empty()) {
    return Error{
        .kind = ErrorKind::Unavailable, .attempted = "find the host of", .subject = vm.str()};
  }
  const NodeId host = *running.begin();
  SPLITSITE_TRY(auto hang, stage.injector().inject(std::make_unique<HostHang>(host)));

  stage.phase("fencing and restart");
  NodeSet others = cast.primary_hosts;
  others.insert(cast.secondary_hosts.begin(), cast.secondary_hosts.end());
  others.erase(host);
  SPLITSITE_TRY_VOID(stage.watch("its HA VM elsewhere",
                                 bounds.fencing.total.at_most + bounds.restart.total.at_most,
                                 [&] { return not_running_in(stage, {vm}, others); }));

  stage.phase("return");
  SPLITSITE_TRY_VOID(std::move(hang).heal());
  SPLITSITE_TRY_VOID(stage.watch("every host up", 4min, [&] {
    if (auto why = not_up(stage, cast.primary_hosts)) return why;
    return not_up(stage, cast.secondary_hosts);
  }));

  stage.phase("read back");
  return stage.read_disks_back();
}

Judgement judge_story(const Events& events, const LabConfig& config) {
  const Cast cast = cast_of(config);
  const AllBounds bounds = bounds_of(config);
  Judgement judgement{.verdicts = safety_verdicts(events, config, cast),
                      .bounds = {bounds.fencing, bounds.restart}};
  Verdicts& verdicts = judgement.verdicts;
  if (const auto vm = unleased_ha_vm(config)) {
    verdicts.push_back(host_of_was_fenced(events, vm.value(), bounds.fencing));
    verdicts.push_back(restarted_after_fencing(events, vm.value(), bounds.restart));
  }
  withhold_what_was_not_asked(events, judgement.verdicts);
  return judgement;
}

}  // namespace

Scenario hung_host_fenced() {
  return {.suite = "fencing",
          .name = "hung-host-fenced",
          .title = "A host that hangs is fenced, and its HA VM without a lease restarts at once",
          .topology = "stretch-power-management",
          .play = play,
          .judge = judge_story};
}

}  // namespace splitsite
