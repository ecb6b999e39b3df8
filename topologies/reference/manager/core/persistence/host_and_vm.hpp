// What survives a restart of hosts and VMs: vds_static, vds_dynamic, vm_static and vm_dynamic are
// oVirt's tables of them.
#pragma once

#include "topologies/reference/manager/core/host_state.hpp"
#include "topologies/reference/manager/core/persistence/fields.hpp"
#include "topologies/reference/manager/core/vm_state.hpp"

namespace splitsite::reference {

template <>
inline constexpr auto kFields<HostState> = std::tuple{
    kept("name", &HostState::name), described(&HostState::site), described(&HostState::address),
    described(&HostState::host_id), described(&HostState::cpus),
    kept("power_management", &HostState::power_management),
    // vds_statistics, like the memory below: the host's agent says it again.
    forgotten(&HostState::hosted_engine),
    forgotten(&HostState::ha_maintenance_order),  // its answer can no longer come
    kept("spm_priority", &HostState::spm_priority), kept("status", &HostState::status),
    kept("status_detail", &HostState::status_detail),
    kept("maintenance_reason", &HostState::maintenance_reason),
    forgotten(&HostState::status_since),     // limits on a status begin anew
    forgotten(&HostState::last_contact),     // VdsManager's; 0 after a restart (fact 3.1)
    forgotten(&HostState::failed_attempts),  // VdsManager's
    forgotten(&HostState::exceptions_until_lease_restart),  // VdsManager's
    forgotten(&HostState::fenced),                          // IrsProxyImpl's fencedIrs
    forgotten(&HostState::before_connecting),               // there is no Connecting after a start
    kept("wants_maintenance", &HostState::wants_maintenance),  // said yes to: restart.cpp
    forgotten(&HostState::next_maintenance_try),  // VdsManager's; tried soon after a restart
    forgotten(&HostState::connect_call),
    forgotten(&HostState::connecting_storage),  // it is connected anew
    kept("boot_id", &HostState::boot_id),
    // vds_statistics. oVirt writes them with every poll; here a host is scheduled on again after
    // its first answer.
    forgotten(&HostState::memory_free_mib), forgotten(&HostState::memory_total_mib),
    forgotten(&HostState::cpu_load),
    forgotten(&HostState::storage),  // IrsProxyImpl's domain monitoring and VmLeasesReady's cache
    forgotten(&HostState::fencing),  // threads of the engine; what they did to the power stays done
};

template <>
inline constexpr auto kFields<NextRun> = std::tuple{
    kept("resume_behaviour", &NextRun::resume_behaviour),
};

template <>
inline constexpr auto kFields<VmState> = std::tuple{
    kept("name", &VmState::name),
    described(&VmState::home),
    kept("highly_available", &VmState::highly_available),
    kept("lease", &VmState::lease),
    kept("priority", &VmState::priority),
    described(&VmState::memory_mib),
    kept("resume_behaviour", &VmState::resume_behaviour),
    kept("migration_mode", &VmState::migration_mode),
    kept("preferred_hosts", &VmState::preferred_hosts),
    kept("status", &VmState::status),
    kept("status_detail", &VmState::status_detail),
    kept("stop_reason", &VmState::stop_reason),
    kept("ended_with_error", &VmState::ended_with_error),  // vm_dynamic's exit_status
    kept("run_on", &VmState::run_on),
    forgotten(&VmState::placed),  // no report that was asked for before the start can come
    kept("started", &VmState::started),
    kept("stopped", &VmState::stopped),
    forgotten(&VmState::start),       // ResourceManager's asyncRunningVms and the RunVm command
    forgotten(&VmState::ha_restart),  // the queue is in memory and starts anew (fact 2.3)
    forgotten(
        &VmState::lease_task),  // its answer can no longer come; what it did is asked for again
    kept("next_run", &VmState::next_run),  // oVirt's snapshot NEXT_RUN
    forgotten(&VmState::resume_call),      // its answer can no longer come
    kept("user_stop", &VmState::user_stop),
    kept("stop_by_force", &VmState::stop_by_force),
    forgotten(&VmState::stop_call),  // restart.cpp orders the stop once more
};

// A new field? Say above whether it survives a restart.
static_assert(EveryFieldIsListed<HostState> && EveryFieldIsListed<VmState>);
static_assert(EveryFieldIsListed<NextRun>);

}  // namespace splitsite::reference
