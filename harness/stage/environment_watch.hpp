// Watches what carries the lab: a node whose machine stands still because this machine cannot write
// its disk is a failure of the environment, and nothing the cluster does after it says anything
// about the cluster.
#pragma once

#include <set>
#include <thread>

#include "harness/lab/description/lab_config.hpp"
#include "harness/observe/history.hpp"
#include "harness/ports/power.hpp"

namespace splitsite {

class EnvironmentWatch {
 public:
  // All references outlive this. Looks once a second, on a thread of its own.
  EnvironmentWatch(Power& power, const LabConfig& config, HistoryWriter& history, Clock& clock);
  ~EnvironmentWatch();
  EnvironmentWatch(const EnvironmentWatch&) = delete;
  EnvironmentWatch& operator=(const EnvironmentWatch&) = delete;

  // One look; records each node that stands still once. Public for tests with a manual clock, which
  // must not run the thread.
  static void look(Power& power, const LabConfig& config, HistoryWriter& history,
                   std::set<NodeId>& told);

 private:
  Power& power_;
  const LabConfig& config_;
  HistoryWriter& history_;
  Clock& clock_;
  std::jthread thread_;  // last: starts when everything else is there
};

}  // namespace splitsite
