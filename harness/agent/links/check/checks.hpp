// The parts of splitsite-netlink-check. Each leaves the mesh as it found it.
#pragma once

#include "harness/agent/links/check/report.hpp"
#include "harness/agent/links/link_devices.hpp"

namespace splitsite::agent::check {

// What the checks work on: the mesh, traffic over it, and the kernel as the agent sees it.
struct Ground {
  Report& report;
  const Mesh& mesh;
  const Traffic& traffic;
  LinkKernel& kernel;
  bool in_part;  // what this kernel has no module for is left out, and said so
};

// Packet rules alone: works on any kernel with nftables, also without netem.
void check_rules(Ground& ground);

// What traffic.block puts in force inside a node: needs nftables only.
void check_traffic(Ground& ground);

// Everything a link can suffer, through the agent's own LinkDevices. Needs netem.
void check_links(Ground& ground);

// Requests to the agent's link operations until they are in force, next to a `tc` process that does
// the same; prints both medians. The agent's has to be at most a millisecond.
void measure_changes(Ground& ground);

}  // namespace splitsite::agent::check
