#include "suites/vocabulary/isolation.hpp"

#include "faults/site/site_isolation.hpp"
#include "suites/vocabulary/watching.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

// A second copy has been seen, or there was time enough for the Manager to make one.
Reason no_second_copy_yet(const Stage& stage, const Cast& cast, Duration until) {
  for (const VmId& vm : cast.movers) {
    if (stage.ground().running_on(vm).size() > 1) return std::nullopt;
  }
  if (stage.now() >= until) return std::nullopt;
  return "every VM runs once";
}

}  // namespace

Result<void> play_isolation(Stage& stage) {
  const Cast cast = cast_of(stage.config());
  const TimingConfig& timing = stage.config().timing;
  const Duration enough =
      lease_failover(timing, static_cast<int>(cast.all_vms.size()), true, LabAllowance{})
          .total.at_most;

  stage.phase("steady load");
  SPLITSITE_TRY_VOID(watch_steady_load(stage, 5s));

  stage.phase("primary site cut off, its storage alive");
  SPLITSITE_TRY(auto cut, stage.injector().inject(std::make_unique<SiteIsolation>(cast.primary)));
  const Duration until = stage.now() + enough;
  SPLITSITE_TRY_VOID(stage.watch("the Manager's restart attempts", enough + 10s,
                                 [&] { return no_second_copy_yet(stage, cast, until); }));

  stage.phase("cut healed");
  SPLITSITE_TRY_VOID(std::move(cut).heal());
  SPLITSITE_TRY_VOID(stage.watch("every primary host up", 3min,
                                 [&] { return not_up(stage, cast.primary_hosts); }));
  return stage.read_disks_back();
}

}  // namespace splitsite
