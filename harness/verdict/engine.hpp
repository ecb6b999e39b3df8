// A self-hosted engine under the loss of its host: when it must be back elsewhere, and by when what
// hangs on it must be. Sources: fact sheet 5.1 to 5.4.
#pragma once

#include "harness/verdict/movement.hpp"

namespace splitsite {

// What this lab adds to an engine's own times.
struct EngineAllowance {
  // The engine VM's kernel, its database and the Manager's first answer, in an emulated host.
  Duration boot = std::chrono::seconds(120);
};

// From the power loss of the engine's host to the engine VM's CPUs elsewhere and its API answering:
// not before sanlock may call the host dead; not after the agents have missed it, the worst wait
// for the lease and one retry of a start that lost the race.
ComposedBounds engine_failover(const TimingConfig& timing, const EngineAllowance& engine,
                               const LabAllowance& allowance);

// The same for an HA VM with a lease: serial to the engine's own failover (5.4), because nobody
// restarts VMs before it is back and has missed the hosts itself (3.1: after a restart of the
// Manager only the attempts count).
ComposedBounds failover_behind_engine(const TimingConfig& timing, const EngineAllowance& engine,
                                      const LabAllowance& allowance);

// And for the SPM: a Manager that starts selects from scratch (1.5).
ComposedBounds spm_behind_engine(const TimingConfig& timing, const EngineAllowance& engine,
                                 const LabAllowance& allowance);

// The engine VM ran on a node of `lost`, that node lost power, and the VM ran again on a node of
// `survivors` and its API answered, inside the bounds.
Verdict engine_failed_over(const Events& events, const VmId& engine, const NodeSet& lost,
                           const NodeSet& survivors, const ComposedBounds& bounds);

}  // namespace splitsite
