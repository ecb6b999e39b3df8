// From what people wrote to what the lab is made of. Pure: the same topology and timing give the
// same description, byte for byte, so a lab is reproducible and its digest means something.
#pragma once

#include <string>

#include "harness/lab/description/lab_config.hpp"
#include "harness/lab/description/topology.hpp"

namespace splitsite {

// Addresses: site number i of primary 1, secondary 2, third 3 has 10.77.0.(10 i + n): hosts from
// n = 1, the storage node n = 9, also on 10.78.0.0/24 for replication; in the third site the
// Manager 1 and the witness 2 (a Manager beside hosts has 8). Guests have 10.77.0.101 and on, the
// machine itself 10.77.0.3.
// The LUN: lockspace at 0, leases at the following MiBs (sanlock wants them 1 MiB aligned on
// 512-byte sectors), VM volumes from 64 MiB on.
LabConfig resolve(const Topology& topology, const TimingConfig& timing);

// Loads a topology, its timing profile (`profile`, or the topology's own choice when empty) and
// resolves them. Profiles stand beside the topologies: <topology's folder>/../timing/<name>.toml.
Result<LabConfig> load_lab(const std::string& topology_path, const std::string& profile = {});

}  // namespace splitsite
