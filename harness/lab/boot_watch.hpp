// How far each node's boot has come, by the agents' step events and libvirt's word; and what to
// show of a node that did not make it.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/adapters/libvirt/connection.hpp"
#include "harness/lab/agent_client.hpp"
#include "harness/lab/state_directory.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {

// A node that cannot get ready any more.
struct BootFailure {
  NodeId node;
  std::string why;  // "FAILED joined the lockspace: …"
};

// Thread safe.
class BootWatch {
 public:
  // Of a node whose agent is silent yet, the console's last line is shown instead.
  BootWatch(const std::vector<NodeId>& nodes, LabPaths paths);

  void on_agent_event(const AgentEvent& event);
  void on_lifecycle(const libvirt::LifecycleEvent& event);

  // All nodes are ready (monostate), one has failed, or what each of the others was last seen
  // doing.
  Probed<std::optional<BootFailure>> look() const;
  std::size_t ready() const;
  std::vector<NodeId> not_ready() const;

 private:
  struct Progress {
    std::string last_step;  // empty before the agent's first event
    bool ready = false;
    std::optional<std::string> failure;
  };

  std::string doing(const NodeId& name, const Progress& node) const;

  LabPaths paths_;
  mutable std::mutex mutex_;
  std::map<NodeId, Progress> nodes_;
};

// The end of a node's console, for an error message: at most `lines` lines, control codes removed.
std::string console_tail(const LabPaths& paths, const NodeId& node, std::size_t lines = 20);

}  // namespace splitsite
