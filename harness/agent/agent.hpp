// The agent of one node: the channel, the operations every node has, and those of the node's role.
// Composition only; each part says for itself what it does.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "harness/core/result.hpp"
#include "harness/event_loop/event_loop.hpp"
#include "harness/lab/description/lab_config.hpp"
#include "harness/ports/prober.hpp"

namespace splitsite::agent {

struct AgentSetting {
  std::string node;
  std::optional<LabConfig> lab;  // nothing: no lab description; the common operations still work
  std::string channel = "org.splitsite.agent.0";
  std::string steps_file = "/run/splitsite/steps";
  std::string witness_state = "/run/splitsite/witness.json";
  std::string libvirt_pids = "/run/libvirt/qemu";
  std::string replicated_device = "/dev/drbd0";
  std::string proc_drbd = "/proc/drbd";
  std::string journals = "/run/splitsite";  // a folder in memory: ends when the node does
  std::uint16_t echo_port = kEchoPort;
};

class Agent {
 public:
  // `loop` outlives the agent. An error only when the channel can never work.
  static Result<std::unique_ptr<Agent>> start(EventLoop& loop, AgentSetting setting);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

 private:
  struct Parts;
  explicit Agent(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace splitsite::agent
