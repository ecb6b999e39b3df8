// The stage's way to its steady state.
#include <fmt/format.h>

#include <algorithm>

#include "harness/stage/stage.hpp"

namespace splitsite {

std::optional<std::string> Stage::unsteady() const { return missing(missing_to_steady); }

Missing Stage::missing(const std::function<Missing(const SteadyView&)>& what) const {
  const auto picture = watch_->picture();
  if (!picture) return picture.error().message();
  return what(SteadyView{parts_.config, picture.value(), ground_, now()});
}

Result<void> Stage::start_vms_of(const SiteId& site) {
  const auto now = picture();
  for (const VmConfig& vm : parts_.config.vms) {
    const VmView* view = now ? now->vm(vm.name) : nullptr;
    if (vm.home != site || view == nullptr || view->status != "down") continue;
    auto started = actions_->start(vm.name);
    if (!started) return started.error().while_attempting("start", vm.name.str());
  }
  return success();
}

// While the role moves the data center is not up, and nothing can be started.
Result<void> Stage::bring_spm_home(const SiteId& primary, Duration bound) {
  const auto away = [&] {
    return missing([&](const SteadyView& view) { return missing_spm_in(view, primary); });
  };
  if (!away()) return success();
  SPLITSITE_TRY_VOID(actions_->force_select_spm(parts_.config.hosts_of(primary).front()));
  return require("the SPM in the primary site", bound, away);
}

// Nobody else would: the HA agents leave it where it runs (section 5 of the reference's facts), so
// after one story it is in the site that the next one does not lose. A host that has just come back
// may not have score enough yet.
Result<void> Stage::bring_engine_home(Duration bound) {
  constexpr Duration kAskAgain = std::chrono::seconds(10);
  std::optional<Duration> asked;
  std::string refused;
  const auto away = [&](const SteadyView& view) -> Missing {
    const auto why = missing_engine(view);
    const VmView* engine = view.picture.vm(view.config.hosted_engine->vm.name);
    const bool stays = why && engine != nullptr && engine->status == "up";
    if (stays && (!asked || view.now - *asked >= kAskAgain)) {
      asked = view.now;
      const auto begun = migrate_engine_home();
      refused = begun ? "" : "; " + begun.error().message();
    }
    return why ? Missing(*why + refused) : std::nullopt;
  };
  return require("the self-hosted engine at home", bound, [&] { return missing(away); });
}

// To the first capable host there that the Manager lets it go to.
Result<void> Stage::migrate_engine_home() {
  const VmId& engine = parts_.config.hosted_engine->vm.name;
  Result<void> begun = Error{.kind = ErrorKind::Unavailable,
                             .attempted = "bring home",
                             .subject = engine.str(),
                             .why = "no host of its home site can run it"};
  for (const NodeId& host : engine_hosts_at_home(parts_.config)) {
    begun = actions_->migrate(engine, host);
    if (begun) break;
  }
  return begun;
}

// Site by site, the primary one first: its VMs start while the other site's hosts still join.
Result<void> Stage::bring_to_steady_state(Duration bound) {
  SPLITSITE_TRY_VOID(links_.apply_baseline());
  const Deadline deadline(steady_clock(), bound);
  const auto left = [&] { return std::max(deadline.remaining(steady_clock()), Duration(1)); };
  std::vector<SiteId> sites;
  for (const SiteConfig& site : parts_.config.sites) sites.push_back(site.name);
  const auto primary = parts_.config.site_with(SiteRole::Primary);
  std::stable_partition(sites.begin(), sites.end(),
                        [&](const SiteId& site) { return primary && site == *primary; });
  for (const SiteId& site : sites) {
    if (parts_.config.hosts_of(site).empty()) continue;
    const auto hosts = [&](const SteadyView& view) { return missing_hosts(view, site); };
    SPLITSITE_TRY_VOID(require(fmt::format("every host of site {} up", site), left(),
                               [&] { return missing(hosts); }));
    SPLITSITE_TRY_VOID(
        require("a data center with an SPM", left(), [&] { return missing(missing_spm); }));
    if (primary && site == *primary) {
      SPLITSITE_TRY_VOID(bring_spm_home(site, left()));
    }
    if (parts_.config.hosted_engine && site == parts_.config.hosted_engine->vm.home) {
      SPLITSITE_TRY_VOID(bring_engine_home(left()));
    }
    SPLITSITE_TRY_VOID(start_vms_of(site));
  }
  return require("every VM up, at home and writing", left(), [&] { return unsteady(); });
}

}  // namespace splitsite
