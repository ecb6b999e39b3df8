// The HA agent beside the host daemon, met in files in memory: the agent writes its report with
// each turn of its loop, and looks then whether it is in local maintenance.
#pragma once

#include <string>

#include "harness/time/clock.hpp"
#include "topologies/reference/ha_agent/core/report.hpp"
#include "topologies/reference/hostd/ports.hpp"

namespace splitsite::reference::hostd {

struct HaAgentPaths {
  std::string report = ha::kReportPath;
  std::string maintenance = ha::kMaintenancePath;
};

class HaAgentFiles final : public HaAgent {
 public:
  // Whether an agent belongs on this host is what the lab's description says of it (SHE-3).
  HaAgentFiles(const LabConfig& lab, const NodeId& node, Clock& clock, HaAgentPaths paths = {});
  rpc::HaStats stats() override;
  Result<void> set_local_maintenance(bool set) override;

 private:
  const bool configured_;
  const NodeId node_;
  const Duration host_alive_;
  Clock& clock_;
  const HaAgentPaths paths_;
};

}  // namespace splitsite::reference::hostd
