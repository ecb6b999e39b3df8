// A topology as people write it: sites, nodes, links, VMs, in TOML. Reading is strict: a key that
// is not known or a value that cannot be is refused before anything is built, with its place in
// the file, the values allowed and what was probably meant.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/result.hpp"
#include "harness/lab/description/lab_config.hpp"

namespace splitsite {

// Checked, but without what resolve() works out: addresses, MACs and network cards are empty.
struct Topology {
  std::string name;
  std::string timing;  // the timing profile to take unless the user names another: "fast"
  DeadSpm dead_spm = DeadSpm::Moves;
  OnHostError on_error = OnHostError::Migrate;
  std::vector<SiteConfig> sites;  // primary, secondary, third
  std::vector<NodeConfig> nodes;  // hosts, storage nodes, Manager, witness, wan
  std::vector<LinkConfig> links;
  std::string storage_domain;
  int volume_mib = 64;  // of each VM's disk
  std::vector<VmConfig> vms;
  std::vector<AffinityGroupConfig> affinity_groups;
  FencingPolicyConfig fencing_policy;
  // Instead of a Manager's node: memory, CPUs, home and hosts of the engine VM.
  std::optional<HostedEngineConfig> hosted_engine;
};

// Invalid, with the message "could not load topology FILE:LINE:COL: …", for what the file says;
// Unavailable when it cannot be read.
Result<Topology> load_topology(const std::string& path);
// The same from text; `path` is only for messages.
Result<Topology> parse_topology(const std::string& path, const std::string& text);

}  // namespace splitsite
