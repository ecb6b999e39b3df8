// The Manager's real decision core against simulated hosts and leases, in virtual time. Runs hours
// in milliseconds; the same seed gives the same run.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "topologies/reference/manager/core/initial_state.hpp"
#include "topologies/reference/manager/core/input.hpp"
#include "topologies/reference/manager/simulation/host.hpp"

namespace splitsite::reference {

// The Manager as a process with a disk. Without one it lives for ever and keeps nothing.
struct ManagerProcess {
  // After each step, before its orders leave and its answer is given: keeps the state. False: the
  // process has died, before or after it was kept.
  std::function<bool(const ClusterState&)> commit;
  // What the next process begins with.
  std::function<Step()> restart;
  Duration down_for = std::chrono::seconds(2);
};

class SimulatedCluster {
 public:
  SimulatedCluster(const LabConfig& lab, const ManagerOptions& options);

  // The same with a power controller in each active site.
  static LabConfig lab_with_power_management();
  // The stretch lab's description: host-a1, host-a2 (SPM 10), host-b1, host-b2 (SPM 5); vm-1 to
  // vm-3 at home in a and vm-4 in b with HA and lease; vm-5 in a with neither; vm-6 in a with HA
  // alone.
  static LabConfig stretch_lab();

  void run_for(Duration time);
  // Runs until it holds; false when `bound` passed first.
  bool run_until(Duration bound, const std::function<bool()>& holds);
  // 503 while there is no Manager, or when it dies before it answers.
  CommandReply ask(const Command& command, const CommandContext& context = {});

  void run_manager_as(ManagerProcess process) { process_ = std::move(process); }
  // Orders it had not sent and answers it waits for are lost; hosts and VMs go on.
  void kill_manager();
  bool manager_runs() const { return manager_runs_; }

  SimulatedHost& host(const std::string& name) { return *hosts_.at(NodeId(name)); }
  const LabConfig& lab() const { return lab_; }
  const ClusterState& manager() const { return state_; }
  const HostState& seen(const std::string& host) const { return state_.hosts.at(NodeId(host)); }
  const VmState& vm(const std::string& name) const { return state_.vms.at(VmId(name)); }
  Instant now() const { return now_; }

  // All hosts up, SPM chosen, all VMs asked for and running, and the Manager not new any more: it
  // may fence. False when that does not happen.
  bool settle();
  bool settle_in_quarantine();       // the same, but the Manager has just started
  int copies(const VmId& vm) const;  // running QEMUs, wherever
  int spm_holders() const;
  const std::vector<Call>& calls() const { return calls_; }
  const std::vector<AuditEvent>& events() const { return events_; }
  int count_events(int code) const;

  // The next call (not poll) to this host is carried out, but its answer is lost.
  void lose_next_answer(const std::string& host) { lost_answers_.insert(NodeId(host)); }
  // How long it takes the Manager to notice that a host is not there.
  Duration unreachable_after = std::chrono::seconds(3);
  NetworkFailure failure_kind = NetworkFailure::Unreachable;
  std::set<SiteId> lost_controllers;  // sites whose power controller does not answer
  bool power_sticks = false;          // controllers accept an order and nothing happens
  // What was answered late, by number.
  const std::map<std::uint64_t, CommandReply>& late_replies() const { return late_replies_; }
  std::function<void()> after_each_event;

 private:
  void at(Duration later, std::function<void()> event);
  // Not if this Manager has died by then.
  void at_manager(Duration later, std::function<void()> event);
  void start_manager();
  void feed(const Input& input);
  void tick();
  void poll(SimulatedHost& host);
  void deliver(const Call& call);
  bool was_sent(std::size_t incarnation, Instant sent) const;
  void carry_out(SimulatedHost& host, const Call& call, std::size_t incarnation);
  void fence(const Call& call);
  rpc::Reply switch_power(const SimulatedHost& proxy, const rpc::FenceNode& request);
  void move_vms();
  void finish_moves(SimulatedHost& source);
  void drop_orphans(SimulatedHost& target);

  const LabConfig lab_;
  ManagerProcess process_;
  bool manager_runs_ = true;
  std::vector<Instant> deaths_;  // of one Manager after the other
  Instant now_;
  ClusterState state_;
  SimulatedLockspace lockspace_;
  std::map<NodeId, std::unique_ptr<SimulatedHost>> hosts_;
  std::multimap<Instant, std::function<void()>> agenda_;
  std::map<NodeId, Instant> busy_until_;
  std::set<NodeId> lost_answers_;
  bool moving_ = false;  // some VM may be on its way from one host to another
  std::vector<Call> calls_;
  std::vector<AuditEvent> events_;
  std::optional<CommandReply> reply_;
  std::map<std::uint64_t, CommandReply> late_replies_;
};

}  // namespace splitsite::reference
