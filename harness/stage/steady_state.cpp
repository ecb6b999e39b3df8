// The stage's way to its steady state, and what is still missing there.
#include <fmt/format.h>

#include <algorithm>

#include "harness/stage/stage.hpp"

namespace splitsite {
namespace {

constexpr const char* kSpmLease = "SDM";

}  // namespace

std::optional<std::string> Stage::unsteady() const {
  const auto now = watch_->picture();
  if (!now) return now.error().message();
  for (const HostView& host : now.value().hosts) {
    if (host.status != "up") return fmt::format("{} is {}", host.name, host.status);
    if (auto why = without_lockspace(host.name)) return why;
  }
  const auto primary = parts_.config.site_with(SiteRole::Primary);
  for (const SiteConfig& site : parts_.config.sites) {
    const auto storage = node_of(site.name, NodeRole::Storage);
    if (!storage) continue;
    const auto replica = ground_.replica(*storage);
    if (!replica) return fmt::format("{} has not told its replication state", *storage);
    if (!replica->in_sync()) {
      return fmt::format("the replica of {} is {} {} {}", *storage, replica->connection,
                         replica->role, replica->disk);
    }
  }
  const auto holders = ground_.holders_of(kSpmLease);
  if (holders.empty()) return "no host holds the SPM lease";
  const NodeConfig* spm = parts_.config.find_node(*holders.begin());
  if (primary && (spm == nullptr || spm->site != *primary)) {
    return fmt::format("the SPM is {}, not in the primary site", *holders.begin());
  }
  if (now.value().data_center.status != "up") {
    return fmt::format("the data center is {}", now.value().data_center.status);
  }
  return unsteady_vms(now.value());
}

std::optional<std::string> Stage::unsteady_vms(const ClusterPicture& picture) const {
  for (const VmConfig& vm : parts_.config.vms) {
    const VmView* view = picture.vm(vm.name);
    if (view == nullptr) return fmt::format("the Manager does not know {}", vm.name);
    if (view->status != "up") return fmt::format("{} is {}", vm.name, view->status);
    const auto running = ground_.running_on(vm.name);
    if (running.size() != 1) return fmt::format("{} runs on {} hosts", vm.name, running.size());
    const NodeConfig* host = parts_.config.find_node(*running.begin());
    if (host == nullptr || host->site != vm.home) {
      return fmt::format("{} runs on {}, not at home", vm.name, *running.begin());
    }
    const auto write = ground_.last_write(vm.name);
    constexpr Duration kFresh = std::chrono::seconds(5);
    if (!write || parts_.history.now().lo - write->at.hi > kFresh) {
      return fmt::format("{} has not written for 5 s", vm.name);
    }
  }
  return std::nullopt;
}

std::optional<std::string> Stage::without_hosts_of(const SiteId& site) const {
  const auto now = watch_->picture();
  if (!now) return now.error().message();
  for (const NodeId& name : parts_.config.hosts_of(site)) {
    const HostView* host = now.value().host(name);
    if (host == nullptr) return fmt::format("the Manager does not know {}", name);
    if (host->status != "up") return fmt::format("{} is {}", name, host->status);
    if (auto why = without_lockspace(name)) return why;
  }
  return std::nullopt;
}

// A host is up as soon as its storage is connected, and takes VMs with leases once it has joined
// the lockspace and the Manager has asked it since: until then they would start in the other site.
std::optional<std::string> Stage::without_lockspace(const NodeId& host) const {
  const auto since = ground_.joined_since(host);
  if (!since) return fmt::format("{} has not joined the lockspace", host);
  constexpr Duration kOnItsWay = std::chrono::seconds(1);
  if (now() - *since >= parts_.config.timing.vds_refresh_rate + kOnItsWay) return std::nullopt;
  return fmt::format("the Manager may not know yet that {} has joined the lockspace", host);
}

std::optional<std::string> Stage::without_spm() const {
  const auto now = watch_->picture();
  if (!now) return now.error().message();
  if (now.value().data_center.status != "up") {
    return fmt::format("the data center is {}", now.value().data_center.status);
  }
  if (!now.value().spm()) return "no host is SPM";
  return std::nullopt;
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

std::optional<std::string> Stage::without_spm_in(const SiteId& site) const {
  if (auto why = without_spm()) return why;
  const auto spm = picture() ? picture()->spm() : std::nullopt;
  const NodeConfig* holder = spm ? parts_.config.find_node(*spm) : nullptr;
  if (holder != nullptr && holder->site == site) return std::nullopt;
  return fmt::format("the SPM is {}, not in site {}", spm ? spm->str() : "nobody", site);
}

// While the role moves the data center is not up, and nothing can be started.
Result<void> Stage::bring_spm_home(const SiteId& primary, Duration bound) {
  if (!without_spm_in(primary)) return success();
  SPLITSITE_TRY_VOID(actions_->force_select_spm(parts_.config.hosts_of(primary).front()));
  return require("the SPM in the primary site", bound, [&] { return without_spm_in(primary); });
}

std::optional<std::string> Stage::without_engine_at_home() const {
  const VmConfig& engine = parts_.config.hosted_engine->vm;
  const auto now = watch_->picture();
  if (!now) return now.error().message();
  const VmView* view = now.value().vm(engine.name);
  if (view == nullptr) return fmt::format("the Manager does not know {}", engine.name);
  const NodeConfig* host = view->host ? parts_.config.find_node(*view->host) : nullptr;
  if (host == nullptr || view->status != "up") {
    return fmt::format("{} is {}", engine.name, view->status);
  }
  if (host->site == engine.home) return std::nullopt;
  return fmt::format("{} runs on {}, not in site {}", engine.name, host->name, engine.home);
}

// Nobody else would: the HA agents leave it where it runs (section 5 of the reference's facts), so
// after one story it is in the site that the next one does not lose. A host that has just come back
// may not have score enough yet.
Result<void> Stage::bring_engine_home(Duration bound) {
  constexpr Duration kAskAgain = std::chrono::seconds(10);
  std::optional<Duration> asked;
  std::string refused;
  return require("the self-hosted engine at home", bound, [&]() -> std::optional<std::string> {
    const auto why = without_engine_at_home();
    const VmConfig& engine = parts_.config.hosted_engine->vm;
    const auto seen = picture();
    const VmView* view = seen ? seen->vm(engine.name) : nullptr;
    const bool stays = why && view != nullptr && view->status == "up";
    if (stays && (!asked || now() - *asked >= kAskAgain)) {
      asked = now();
      const auto begun = migrate_engine_home();
      refused = begun ? "" : "; " + begun.error().message();
    }
    return why ? std::optional(*why + refused) : std::nullopt;
  });
}

// To the first capable host there that the Manager lets it go to.
Result<void> Stage::migrate_engine_home() {
  const HostedEngineConfig& engine = *parts_.config.hosted_engine;
  Result<void> begun = Error{.kind = ErrorKind::Unavailable,
                             .attempted = "bring home",
                             .subject = engine.vm.name.str(),
                             .why = "no host of its home site can run it"};
  for (const NodeId& host : engine.hosts) {
    const NodeConfig* node = parts_.config.find_node(host);
    if (node == nullptr || node->site != engine.vm.home) continue;
    begun = actions_->migrate(engine.vm.name, host);
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
    SPLITSITE_TRY_VOID(require(fmt::format("every host of site {} up", site), left(),
                               [&] { return without_hosts_of(site); }));
    SPLITSITE_TRY_VOID(require("a data center with an SPM", left(), [&] { return without_spm(); }));
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
