#include "suites/vocabulary/watching.hpp"

#include <fmt/format.h>

namespace splitsite {

Reason not_running_in(const Stage& stage, const std::vector<VmId>& vms, const NodeSet& hosts) {
  for (const VmId& vm : vms) {
    const auto running = stage.ground().running_on(vm);
    if (running.empty()) return fmt::format("{} does not run", vm);
    if (hosts.count(*running.begin()) == 0) {
      return fmt::format("{} runs on {}", vm, *running.begin());
    }
    const auto write = stage.ground().last_write(vm);
    // A write of the last moment elsewhere says nothing about the VM's life on this host.
    const auto since = stage.ground().running_since(vm, *running.begin());
    constexpr Duration kFresh = std::chrono::seconds(3);
    if (!write || !since || write->at.lo < *since || stage.now() - write->at.hi > kFresh) {
      return fmt::format("{} runs on {} and has not written yet", vm, *running.begin());
    }
  }
  return std::nullopt;
}

Reason spm_not_in(const Stage& stage, const NodeSet& hosts) {
  const auto holders = stage.ground().holders_of("SDM");
  if (holders.empty()) return "no host holds the SPM lease";
  if (hosts.count(*holders.begin()) == 0) return fmt::format("the SPM is {}", *holders.begin());
  return std::nullopt;
}

Reason not_up(const Stage& stage, const NodeSet& hosts) {
  const auto picture = stage.picture();
  if (!picture) return "the Manager does not answer";
  for (const NodeId& host : hosts) {
    const HostView* view = picture->host(host);
    if (view == nullptr || view->status != "up") {
      return fmt::format("{} is {}", host, view ? view->status : "unknown to the Manager");
    }
  }
  return std::nullopt;
}

Reason not_in_sync(const Stage& stage) {
  for (const NodeConfig& node : stage.config().nodes) {
    if (node.role != NodeRole::Storage) continue;
    const auto replica = stage.ground().replica(node.name);
    if (!replica) return fmt::format("{} has not told its replication state", node.name);
    if (!replica->in_sync()) {
      return fmt::format("{} is {} {} {}", node.name, replica->connection, replica->role,
                         replica->disk);
    }
  }
  return std::nullopt;
}

Result<void> watch_steady_load(Stage& stage, Duration length) {
  const Duration from = stage.now();
  SPLITSITE_TRY(const bool steady, stage.watch("steady load of every VM",
                                               length + std::chrono::seconds(30), [&]() -> Reason {
                                                 if (auto why = stage.unsteady()) return why;
                                                 if (stage.now() - from >= length)
                                                   return std::nullopt;
                                                 return "steady so far";
                                               }));
  if (steady) return success();
  return Error{.kind = ErrorKind::TimedOut,
               .attempted = "see the lab in its steady state before the fault",
               .why = stage.unsteady().value_or("it became steady too late")};
}

}  // namespace splitsite
