#include "harness/stage/steady_view.hpp"

#include <fmt/format.h>

namespace splitsite {
namespace {

constexpr const char* kSpmLease = "SDM";

// A host is up as soon as its storage is connected, and takes VMs with leases once it has joined
// the lockspace and the Manager has asked it since: until then they would start in the other site.
Missing missing_lockspace(const SteadyView& view, const NodeId& host) {
  const auto since = view.ground.joined_since(host);
  if (!since) return fmt::format("{} has not joined the lockspace", host);
  constexpr Duration kOnItsWay = std::chrono::seconds(1);
  if (view.now - *since >= view.config.timing.vds_refresh_rate + kOnItsWay) return std::nullopt;
  return fmt::format("the Manager may not know yet that {} has joined the lockspace", host);
}

Missing missing_host(const SteadyView& view, const HostView& host) {
  if (host.status != "up") return fmt::format("{} is {}", host.name, host.status);
  return missing_lockspace(view, host.name);
}

Missing missing_replicas(const SteadyView& view) {
  for (const NodeConfig& node : view.config.nodes) {
    if (node.role != NodeRole::Storage) continue;
    const auto replica = view.ground.replica(node.name);
    if (!replica) return fmt::format("{} has not told its replication state", node.name);
    if (!replica->in_sync()) {
      return fmt::format("the replica of {} is {} {} {}", node.name, replica->connection,
                         replica->role, replica->disk);
    }
  }
  return std::nullopt;
}

// By what the hosts say, whatever the Manager shows.
Missing missing_spm_lease_in(const SteadyView& view, const SiteId& site) {
  const auto holders = view.ground.holders_of(kSpmLease);
  if (holders.empty()) return "no host holds the SPM lease";
  const NodeConfig* spm = view.config.find_node(*holders.begin());
  if (spm != nullptr && spm->site == site) return std::nullopt;
  return fmt::format("the SPM is {}, not in site {}", *holders.begin(), site);
}

Missing missing_vm(const SteadyView& view, const VmConfig& vm) {
  const VmView* seen = view.picture.vm(vm.name);
  if (seen == nullptr) return fmt::format("the Manager does not know {}", vm.name);
  if (seen->status != "up") return fmt::format("{} is {}", vm.name, seen->status);
  const auto running = view.ground.running_on(vm.name);
  if (running.size() != 1) return fmt::format("{} runs on {} hosts", vm.name, running.size());
  const NodeConfig* host = view.config.find_node(*running.begin());
  if (host == nullptr || host->site != vm.home) {
    return fmt::format("{} runs on {}, not at home", vm.name, *running.begin());
  }
  const auto write = view.ground.last_write(vm.name);
  constexpr Duration kFresh = std::chrono::seconds(5);
  if (!write || view.now - write->at.hi > kFresh) {
    return fmt::format("{} has not written for 5 s", vm.name);
  }
  return std::nullopt;
}

}  // namespace

Missing missing_hosts(const SteadyView& view, const SiteId& site) {
  for (const NodeId& name : view.config.hosts_of(site)) {
    const HostView* host = view.picture.host(name);
    if (host == nullptr) return fmt::format("the Manager does not know {}", name);
    if (auto why = missing_host(view, *host)) return why;
  }
  return std::nullopt;
}

Missing missing_spm(const SteadyView& view) {
  if (view.picture.data_center.status != "up") {
    return fmt::format("the data center is {}", view.picture.data_center.status);
  }
  if (!view.picture.spm()) return "no host is SPM";
  return std::nullopt;
}

Missing missing_spm_in(const SteadyView& view, const SiteId& site) {
  if (auto why = missing_spm(view)) return why;
  const NodeId spm = *view.picture.spm();
  const NodeConfig* holder = view.config.find_node(spm);
  if (holder != nullptr && holder->site == site) return std::nullopt;
  return fmt::format("the SPM is {}, not in site {}", spm, site);
}

Missing missing_engine(const SteadyView& view) {
  const VmConfig& engine = view.config.hosted_engine->vm;
  const VmView* seen = view.picture.vm(engine.name);
  if (seen == nullptr) return fmt::format("the Manager does not know {}", engine.name);
  const NodeConfig* host = seen->host ? view.config.find_node(*seen->host) : nullptr;
  if (host == nullptr || seen->status != "up") {
    return fmt::format("{} is {}", engine.name, seen->status);
  }
  if (host->site == engine.home) return std::nullopt;
  return fmt::format("{} runs on {}, not in site {}", engine.name, host->name, engine.home);
}

Missing missing_vms(const SteadyView& view) {
  for (const VmConfig& vm : view.config.vms) {
    if (auto why = missing_vm(view, vm)) return why;
  }
  return std::nullopt;
}

Missing missing_to_steady(const SteadyView& view) {
  for (const SiteConfig& site : view.config.sites) {
    if (auto why = missing_hosts(view, site.name)) return why;
  }
  if (auto why = missing_replicas(view)) return why;
  if (const auto primary = view.config.site_with(SiteRole::Primary)) {
    if (auto why = missing_spm_lease_in(view, *primary)) return why;
  }
  if (auto why = missing_spm(view)) return why;
  return missing_vms(view);
}

std::vector<NodeId> engine_hosts_at_home(const LabConfig& config) {
  std::vector<NodeId> hosts;
  for (const NodeId& host : config.hosted_engine->hosts) {
    const NodeConfig* node = config.find_node(host);
    if (node != nullptr && node->site == config.hosted_engine->vm.home) hosts.push_back(host);
  }
  return hosts;
}

}  // namespace splitsite
