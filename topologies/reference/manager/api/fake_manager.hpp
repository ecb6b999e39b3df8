// For tests: a ManagerPort that answers from a state the test may change, and remembers what it was
// asked to do.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "topologies/reference/manager/manager_port.hpp"

namespace splitsite::reference {

// The lab of two sites in small: two hosts, three VMs, one affinity group, two events; the second
// host is lost and the VM it ran is unknown. Times count from the clock's zero.
inline ClusterState sample_state() {
  using std::chrono::seconds;
  ClusterState state;
  state.storage_domain = "metro";
  const auto host = [&](const char* name, const char* site, int priority, HostStatus status) {
    HostState made;
    made.name = NodeId(name);
    made.site = SiteId(site);
    made.address = "10.77.0.11";
    made.spm_priority = priority;
    made.status = status;
    made.memory_total_mib = 1024;
    state.hosts[made.name] = made;
  };
  host("host-a1", "a", 10, HostStatus::NonResponsive);
  host("host-b1", "b", 5, HostStatus::Up);
  state.hosts[NodeId("host-b1")].hosted_engine = HostedEngineInfo{.active = true, .score = 3400};
  const auto vm = [&](const char* name, VmStatus status, const char* on, bool protected_) {
    VmState made;
    made.name = VmId(name);
    made.highly_available = protected_;
    made.lease = protected_;
    made.priority = 50;
    made.memory_mib = 96;
    made.status = status;
    if (on != nullptr) made.run_on = NodeId(on);
    if (on != nullptr) made.started = Instant(seconds(60));
    state.vms[made.name] = made;
  };
  vm("vm-1", VmStatus::Unknown, "host-a1", true);
  vm("vm-2", VmStatus::Up, "host-b1", true);
  vm("vm-5", VmStatus::Down, nullptr, false);
  state.affinity_groups.push_back({.name = "primary-site",
                                   .id = "primary-site",
                                   .vms = {VmId("vm-1"), VmId("vm-5")},
                                   .hosts = {NodeId("host-a1")},
                                   .broken = true});
  state.pool.status = DataCenterStatus::Up;
  state.pool.master_domain = StorageDomainStatus::Active;
  state.pool.spm = NodeId("host-b1");
  state.events.push_back({.index = 1,
                          .code = 204,
                          .description = "Storage Pool Manager runs on Host host-b1.",
                          .host = NodeId("host-b1"),
                          .at = Instant(seconds(100))});
  state.events.push_back({.index = 2,
                          .code = 142,
                          .severity = Severity::Warning,
                          .description = "VM vm-1 was set to the Unknown status.",
                          .host = NodeId("host-a1"),
                          .vm = VmId("vm-1"),
                          .at = Instant(seconds(200)),
                          .correlation_id = "drill-7",
                          .user = "admin@internal-authz"});
  state.last_event = 2;
  Job job{.number = ++state.last_job,
          .description = "Moving Host host-a1 to Maintenance",
          .context = {"drill-7", "admin@internal-authz"},
          .end = JobEnd::HostInMaintenance,
          .host = NodeId("host-a1"),
          .started = Instant(seconds(150))};
  job.steps.push_back({.kind = StepKind::Validating,
                       .description = "Validating",
                       .status = JobStatus::Finished,
                       .started = Instant(seconds(150)),
                       .ended = Instant(seconds(150))});
  job.steps.push_back({.description = "Executing", .started = Instant(seconds(150))});
  job.steps.push_back({.kind = StepKind::Unknown,
                       .description = "Migrating VM vm-1 from Host host-a1",
                       .started = Instant(seconds(151)),
                       .parent = 1,
                       .vm = VmId("vm-1")});
  state.jobs.push_back(std::move(job));
  return state;
}

class FakeManager final : public ManagerPort {
 public:
  ClusterState snapshot() const override {
    const std::lock_guard lock(mutex_);
    return state_;
  }

  Result<CommandReply> submit(const Command& command, const CommandContext& context = {}) override {
    const std::lock_guard lock(mutex_);
    context_ = context;
    asked_.push_back(command);
    if (stopping_) return Error{.kind = ErrorKind::Interrupted, .attempted = "take a command"};
    if (const auto* event = std::get_if<AddEvent>(&command)) {
      state_.events.push_back({.index = ++state_.last_event,
                               .code = event->code,
                               .severity = event->severity,
                               .description = event->description,
                               .host = event->host,
                               .vm = event->vm,
                               .correlation_id = context.correlation_id,
                               .user = context.user,
                               .origin = event->origin,
                               .custom_id = event->custom_id});
    }
    if (const auto* added = std::get_if<AddAffinityGroup>(&command)) {
      state_.affinity_groups.push_back(
          {.name = *added->group.name, .id = "new", .vms = {}, .hosts = {}});
    }
    if (const auto* spm = std::get_if<SetSpmPriority>(&command)) {
      state_.hosts[spm->host].spm_priority = spm->priority;
    }
    return reply_;
  }

  // The last command; the test fails by std::bad_variant_access if it was another one.
  template <class Kind>
  Kind last() const {
    const std::lock_guard lock(mutex_);
    return std::get<Kind>(asked_.at(asked_.size() - 1));
  }
  CommandContext context() const {
    const std::lock_guard lock(mutex_);
    return context_;
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return asked_.size();
  }
  template <class Change>
  void change(Change change) {
    const std::lock_guard lock(mutex_);
    change(state_);
  }
  void reply_with(CommandReply reply) {
    const std::lock_guard lock(mutex_);
    reply_ = std::move(reply);
  }
  void stop_taking_commands() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }

 private:
  mutable std::mutex mutex_;
  ClusterState state_ = sample_state();
  CommandReply reply_;
  bool stopping_ = false;
  std::vector<Command> asked_;
  CommandContext context_;  // of the last command
};

}  // namespace splitsite::reference
