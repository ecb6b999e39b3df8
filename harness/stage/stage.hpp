// The stage a scenario plays on: one lab that is up, everything that observes it, and the few words
// scenarios are written in. Waiting on the product never fails a scenario: what did not come in
// time is for the oracles to judge. Errors are the environment's, or the user's wish to stop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "harness/fault/injector.hpp"
#include "harness/lab/agents.hpp"
#include "harness/stage/agent_nodes.hpp"
#include "harness/stage/agent_ports.hpp"
#include "harness/stage/agent_prober.hpp"
#include "harness/stage/cluster_watch.hpp"
#include "harness/stage/environment_watch.hpp"
#include "harness/stage/ground.hpp"
#include "harness/stage/power_watch.hpp"
#include "harness/stage/steady_view.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {

struct StageProgress {
  std::string phase;
  WaitProgress wait;
};

struct StageParts {
  const LabConfig& config;
  Agents& agents;
  Power& power;
  std::string power_log;  // of the lab's power controllers
  UndoLog& undo_log;
  HistoryWriter& history;
  std::function<std::unique_ptr<ClusterApi>()> connect_cluster;  // one client per thread
  std::stop_token stop;
  bool lab_ends_with_run = false;  // an interrupted run then leaves its faults to the lab's end
  std::function<void(const StageProgress&)> progress;  // may be empty
};

class Stage {
 public:
  // All references outlive the stage. Observers run from here to destruction.
  explicit Stage(StageParts parts);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  const LabConfig& config() const { return parts_.config; }
  HistoryWriter& history() { return parts_.history; }
  Duration now() const { return parts_.history.now().lo; }  // offset from the start of the run
  const Ground& ground() const { return ground_; }
  Injector& injector() { return *injector_; }
  ClusterApi& cluster() { return *actions_; }
  // The last picture the Manager gave, or none while it does not answer.
  std::optional<ClusterPicture> picture() const;

  void phase(const std::string& name);

  // Probes until `not_yet` returns nothing (true) or the bound passes (false, and recorded).
  // `not_yet` says what is still missing.
  Result<bool> watch(const std::string& what, Duration bound,
                     const std::function<std::optional<std::string>()>& not_yet);

  // Why the lab is not in its steady state: every host up and in the lockspace, SPM in the primary
  // site, every VM up at home and writing, both replicas in sync. Nothing when it is.
  std::optional<std::string> unsteady() const;

  // From nodes that have booted to the steady state: sets the links' baseline latency, waits for
  // the hosts, brings the SPM to the primary site (forceselectspm: the first host up gets the role,
  // whatever its site) and a self-hosted engine to its home by live migration, starts the VMs. An
  // error if it does not come about within `bound`.
  Result<void> bring_to_steady_state(Duration bound);

  // Waits until every agent answers: a lab that was already up has just been connected to.
  Result<void> meet_agents(Duration bound = std::chrono::seconds(30));

  // Asks every agent for its present state and records it, so that the history begins complete.
  Result<void> record_present_state();

  // Measures the round trip of every pair of sites and records it beside what the topology asks
  // for.
  Result<void> measure_links();

  // Reads every VM's records from every replica that is in sync and records what is on them.
  Result<void> read_disks_back();

  // First node of this role in the site, if any.
  std::optional<NodeId> node_of(const SiteId& site, NodeRole role) const;

 private:
  void hear(const AgentEvent& event);
  void note(const NodeId& node, const char* kind, const std::string& subject, nlohmann::json data);
  Result<void> require(const std::string& what, Duration bound,
                       const std::function<std::optional<std::string>()>& not_yet);
  // By the Manager's last picture; why there is none, while it does not answer.
  Missing missing(const std::function<Missing(const SteadyView&)>& what) const;
  Result<void> bring_spm_home(const SiteId& primary, Duration bound);
  Result<void> bring_engine_home(Duration bound);
  Result<void> migrate_engine_home();
  Result<void> start_vms_of(const SiteId& site);

  StageParts parts_;
  std::string phase_;
  Ground ground_;
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
  AgentLinks links_;
  LinkOwner link_owner_;
  AgentNodes nodes_;
  AgentProber prober_;
  std::unique_ptr<ClusterApi> actions_;
  std::unique_ptr<Injector> injector_;
  std::unique_ptr<ClusterWatch> watch_;
  std::unique_ptr<EnvironmentWatch> environment_;
  std::unique_ptr<PowerWatch> power_watch_;
};

}  // namespace splitsite
