// Time bounds, composed visibly from the deployment's own timers: one place to argue about seconds.
// Every part carries its name, so that a report can show where a bound comes from.
#pragma once

#include <string>
#include <vector>

#include "harness/lab/description/lab_config.hpp"
#include "harness/time/window.hpp"

namespace splitsite {

struct BoundPart {
  std::string name;  // "detection: grace 24.0 s, then 10 network exceptions"
  Bounds range;
};

struct ComposedBounds {
  std::string name;
  Bounds total;
  std::vector<BoundPart> parts;
};

// What this lab adds to the product's own times: a guest's boot, a slow machine. A fixed allowance
// for upper ends, never for lower ones; the same for every scenario.
struct LabAllowance {
  Duration guest_boot = std::chrono::seconds(45);
  Duration node_boot = std::chrono::seconds(120);
  Duration migration = std::chrono::seconds(40);
  Duration cluster_actions = std::chrono::seconds(40);  // of Pacemaker: shell, each takes seconds
  Duration slack = std::chrono::seconds(10);
};

// When a lease may at the earliest be taken from a host that died: its last renewal was at most one
// interval before. And the longest wait for it (sanlock src/timeouts.c): the owner is dead by the
// acquirer's own clock, and seven I/O timeouts go into its own reads and writes (210 s at 10 s).
Duration earliest_lease_take_over(const TimingConfig& timing);
Duration worst_lease_wait(const TimingConfig& timing);

// From the power loss of a host to an HA VM with lease running elsewhere (fact
// sheet 2.1, 2.6, 2.7): not before sanlock may call the host dead, at most one renewal interval
// before the loss; not after detection (grace plus ten network exceptions) and the worst lease
// wait, whichever ends later.
ComposedBounds lease_failover(const TimingConfig& timing, int vms_on_host, bool was_spm,
                              const LabAllowance& allowance);

// From the power loss of the SPM host to another host holding the SPM lease (1.3, 1.4, 2.6).
ComposedBounds spm_failover(const TimingConfig& timing, const LabAllowance& allowance);

// The same for a Manager that has just started: an SPM host it misses in the quarantine of its
// start makes the data center NotOperational, and nobody is selected until a host comes up or
// StoragePoolNonOperationalResetTimeout has passed (1.6).
ComposedBounds with_start_pause(ComposedBounds spm, const TimingConfig& timing);

// From all home hosts being up again to the last of `vms` being home (4.2): one VM a cycle.
ComposedBounds affinity_failback(const TimingConfig& timing, int vms,
                                 const LabAllowance& allowance);

// From the power loss of a clustered Manager's active node to an answer of its API from the other
// one: Corosync misses the node, Pacemaker waits for its watchdog, then starts replica, file
// system, address and Manager.
ComposedBounds manager_takeover(const LabAllowance& allowance);

// `second` cannot make progress before `first` is over, but its own clock may have begun with it:
// the later lower end, the sum of the upper ends, the parts of both.
ComposedBounds behind(const ComposedBounds& first, const ComposedBounds& second);

}  // namespace splitsite
