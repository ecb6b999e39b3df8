// Links of a nested lab, by its agents. Links that carry a fault are leased: if
// this process dies, the agent lifts the fault by itself when nobody renews the lease any more.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "harness/lab/agents.hpp"
#include "harness/lab/description/lab_config.hpp"
#include "harness/ports/links.hpp"

namespace splitsite {

// Told of a change that is not in force any more though nobody took it back: its node, and the
// change's name. From the renewing thread.
using OnLifted = std::function<void(const NodeId& node, const std::string& change)>;

// The wan node's device whose netem leaf shapes this direction: "s.a.b", "r.a.b".
std::string device_of(const LinkDirection& direction);

class AgentLinks final : public Links {
 public:
  // `agents` and `config` outlive this. Renews leases on a thread of its own.
  AgentLinks(Agents& agents, const LabConfig& config, OnLifted on_lifted = {},
             Duration dead_man = std::chrono::seconds(30));
  ~AgentLinks() override;

  // Gives every direction the latency its topology asks for, and tells the agent to return to it
  // when a fault's lease runs out. Once for a lab that has just come up; harmless again.
  Result<void> apply_baseline();

  std::vector<LinkDirection> directions() const override;
  Impairment baseline(const LinkDirection& direction) const override;
  Result<Impairment> read(const LinkDirection& direction) override;
  Result<void> set(const LinkDirection& direction, const Impairment& impairment) override;

 private:
  void renew(const std::stop_token& stop);
  void renew_impaired();

  Agents& agents_;
  const LabConfig& config_;
  OnLifted on_lifted_;
  Duration dead_man_;
  NodeId wan_;
  std::mutex mutex_;
  std::set<std::string> impaired_;  // devices
  std::jthread renewer_;
};

}  // namespace splitsite
