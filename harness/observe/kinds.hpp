// The closed list of event kinds, so that writers and oracles cannot misspell each other.
#pragma once

namespace splitsite::kind {

// The run itself, written by the harness.
inline constexpr const char* run_start = "run.start";  // {suite, config, revision, command, seed}
inline constexpr const char* run_phase = "run.phase";  // {phase}
inline constexpr const char* wait_expired =
    "wait.expired";                                // {why}: judged by the oracles, not here
inline constexpr const char* run_end = "run.end";  // {outcome, processors_idle_percent}
inline constexpr const char* environment_error = "environment.error";  // {message}

// Faults, subject = fault id. `active` spans from the first step to the end of the proof;
// `healed` from the first undo to the proof that the effect is gone.
inline constexpr const char* fault_inject = "fault.inject";  // {fault, parameters, targets}
inline constexpr const char* fault_active = "fault.active";
inline constexpr const char* fault_proof = "fault.proof";            // {claim, measured, control}
inline constexpr const char* fault_not_proven = "fault.not_proven";  // {why}
inline constexpr const char* fault_heal = "fault.heal";
inline constexpr const char* fault_healed = "fault.healed";
inline constexpr const char* fault_left = "fault.left";  // {why}: could not be healed
inline constexpr const char* node_power =
    "node.power";  // subject node, {on}; a reset is both at once
inline constexpr const char* node_suspended =
    "node.suspended";  // subject node, {suspended}: nothing in it runs meanwhile

// The cluster under test as its Manager tells it.
inline constexpr const char* cluster_host = "cluster.host";  // subject host, {status, spm}
inline constexpr const char* cluster_vm = "cluster.vm";      // subject vm, {status, host}
inline constexpr const char* cluster_data_center = "cluster.data_center";  // {status}
inline constexpr const char* cluster_spm = "cluster.spm";                  // {host or null}
inline constexpr const char* cluster_silent = "cluster.silent";    // {why}: the API does not answer
inline constexpr const char* cluster_answers = "cluster.answers";  // the API answers again
inline constexpr const char* cluster_event = "cluster.event";      // {code, severity, description}

// Ground truth from the agents; actor = node.
inline constexpr const char* vm_process = "vm.process";          // subject vm, {pid, up}
inline constexpr const char* vm_running = "vm.running";          // subject vm, {running, reason}
inline constexpr const char* lease_held = "lease.held";          // subject lease, {held, pid}
inline constexpr const char* lockspace = "lockspace";            // {joined}
inline constexpr const char* sanlock_daemon = "sanlock.daemon";  // {up, trouble}
inline constexpr const char* drbd_state = "drbd.state";  // {connection, role, peer_role, disk, …}
inline constexpr const char* arbitration = "arbitration";  // {granted, node, peer, generation}
inline constexpr const char* deadman_lifted = "deadman.lifted";  // {change or device, why}
inline constexpr const char* deadman_failed = "deadman.failed";  // likewise: it could not be lifted
inline constexpr const char* agent_start = "agent.start";        // {boot_id}
inline constexpr const char* guest_start = "guest.start";      // subject vm, {boot, found_seq, …}
inline constexpr const char* guest_ack = "guest.ack";          // subject vm, {boot, from, to}
inline constexpr const char* guest_scan = "guest.scan";        // subject vm, {last_seq, bad, …}
inline constexpr const char* link_measured = "link.measured";  // {from, to, rtt_us_median, …}

}  // namespace splitsite::kind
