// What `lab status` shows: gathered from the record, libvirtd and the agents, then written as text
// or JSON.
#pragma once

#include <string>
#include <vector>

#include "harness/cli/context.hpp"
#include "harness/core/id.hpp"

namespace splitsite::cli {

struct NodeStatus {
  NodeId node;
  std::string power;  // "on", "off", "paused", "unknown"
  std::string boot;   // "ready after 27.1 s", "joining the lockspace", "its agent is silent"
  // Of hosts, as the node's own agent sees it, not the Manager.
  std::vector<std::string> running;  // VMs whose CPUs run there, the engine VM among them
  std::vector<std::string> leases;   // held by processes of the host: "SDM", "vm-1"
  std::string engine;                // of the HA agent, if it has one: "EngineUp, score 3400"
};

struct LabStatus {
  std::string name;
  bool runs = false;
  bool leftovers = false;  // killed, and not cleaned up after
  int supervisor_pid = 0;
  std::string libvirt_uri;
  std::string trouble;  // why nothing more is known
  std::vector<NodeStatus> nodes;
};

// Takes at most a few seconds: an agent answers one reader at a time, and a run in progress is one.
LabStatus read_status(const Context& context, const std::string& name);

std::string to_text(const std::vector<LabStatus>& labs);
std::string to_json(const std::vector<LabStatus>& labs);

}  // namespace splitsite::cli
