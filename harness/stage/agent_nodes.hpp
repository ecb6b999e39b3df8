// Changes inside the nodes of a nested lab, by their agents. While one of them is in force its
// lease is renewed from a thread of its own; when this process dies, the agents take the changes
// back.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "harness/lab/agents.hpp"
#include "harness/ports/node_control.hpp"
#include "harness/stage/agent_ports.hpp"

namespace splitsite {

class AgentNodes final : public NodeControl {
 public:
  // `agents` outlives this.
  explicit AgentNodes(Agents& agents, OnLifted on_lifted = {},
                      Duration dead_man = std::chrono::seconds(30));
  ~AgentNodes() override;
  AgentNodes(const AgentNodes&) = delete;
  AgentNodes& operator=(const AgentNodes&) = delete;

  Result<nlohmann::json> apply(const NodeId& node, const std::string& id, const std::string& kind,
                               const nlohmann::json& arguments) override;
  // Waits for a node that is just booting to answer, at most a minute.
  Result<void> revert(const NodeId& node, const std::string& id) override;
  Result<nlohmann::json> observe(const NodeId& node, const std::string& kind,
                                 const nlohmann::json& arguments) override;
  Result<nlohmann::json> observe_within(const NodeId& node, const std::string& kind,
                                        const nlohmann::json& arguments, Duration bound) override;

 private:
  // By name, the boot of the node in which each was made.
  using Changes = std::map<std::string, std::string>;

  void renew(const std::stop_token& stop);
  void renew_on(const NodeId& node, const Changes& changes);

  Agents& agents_;
  OnLifted on_lifted_;
  Duration dead_man_;
  std::mutex mutex_;
  std::map<NodeId, Changes> in_force_;
  std::jthread renewer_;  // last: starts when everything else is there
};

}  // namespace splitsite
