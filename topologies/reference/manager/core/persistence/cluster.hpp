// What survives a restart of everything but hosts and VMs: the data center, affinity groups,
// migrations, the audit log.
#pragma once

#include "topologies/reference/manager/core/persistence/host_and_vm.hpp"
#include "topologies/reference/manager/core/state.hpp"

namespace splitsite::reference {

template <>
inline constexpr auto kFields<AffinityRule> = std::tuple{
    kept("enabled", &AffinityRule::enabled),
    kept("enforcing", &AffinityRule::enforcing),
    kept("positive", &AffinityRule::positive),
};

template <>
inline constexpr auto kFields<AffinityGroup> = std::tuple{
    kept("name", &AffinityGroup::name),
    kept("id", &AffinityGroup::id),
    kept("description", &AffinityGroup::description),
    kept("hosts_rule", &AffinityGroup::hosts_rule),
    kept("vms_rule", &AffinityGroup::vms_rule),
    kept("priority", &AffinityGroup::priority),
    kept("vms", &AffinityGroup::vms),
    kept("hosts", &AffinityGroup::hosts),
    forgotten(&AffinityGroup::broken),  // computed
};

// vm_dynamic.migrating_to_vds, with what the events say about it.
template <>
inline constexpr auto kFields<Migration> = std::tuple{
    kept("vm", &Migration::vm),
    kept("source", &Migration::source),
    kept("destination", &Migration::destination),
    kept("since", &Migration::since),
    kept("reason", &Migration::reason),
    forgotten(&Migration::fixed),  // the command that would try another host is gone: restart.cpp
    forgotten(&Migration::cancelled),  // nor is there one to be told of it
    forgotten(&Migration::tried),
    forgotten(&Migration::accepted),
};

template <>
inline constexpr auto kFields<AuditEvent> = std::tuple{
    kept("id", &AuditEvent::index),
    kept("code", &AuditEvent::code),
    kept("severity", &AuditEvent::severity),
    kept("description", &AuditEvent::description),
    kept("host", &AuditEvent::host),
    kept("vm", &AuditEvent::vm),
    kept("time", &AuditEvent::at),
    kept("correlation_id", &AuditEvent::correlation_id),
    kept("user", &AuditEvent::user),
    kept("origin", &AuditEvent::origin),
    kept("custom_id", &AuditEvent::custom_id),
};

template <>
inline constexpr auto kFields<CommandContext> = std::tuple{
    kept("correlation_id", &CommandContext::correlation_id),
    kept("user", &CommandContext::user),
};

template <>
inline constexpr auto kFields<JobStep> = std::tuple{
    kept("kind", &JobStep::kind),     kept("description", &JobStep::description),
    kept("status", &JobStep::status), kept("started", &JobStep::started),
    kept("ended", &JobStep::ended),   kept("parent", &JobStep::parent),
    kept("vm", &JobStep::vm),
};

template <>
inline constexpr auto kFields<Job> = std::tuple{
    kept("id", &Job::number),       kept("description", &Job::description),
    kept("context", &Job::context), kept("ends_when", &Job::end),
    kept("host", &Job::host),       kept("vm", &Job::vm),
    kept("source", &Job::source),   kept("status", &Job::status),
    kept("started", &Job::started), kept("ended", &Job::ended),
    kept("steps", &Job::steps),
};

template <>
inline constexpr auto kFields<FencingPolicy> = std::tuple{
    kept("enabled", &FencingPolicy::enabled),
    kept("skip_if_sd_active", &FencingPolicy::skip_if_sd_active),
    kept("skip_if_connectivity_broken", &FencingPolicy::skip_if_connectivity_broken),
    kept("connectivity_threshold", &FencingPolicy::connectivity_threshold),
};

template <>
inline constexpr auto kFields<ClusterPolicy> = std::tuple{
    kept("on_error", &ClusterPolicy::on_error),
    kept("fencing", &ClusterPolicy::fencing),
};

// storage_pool's status and spm_vds_id; the rest is the IRS proxy, which starts empty (fact 1.5).
template <>
inline constexpr auto kFields<PoolState> = std::tuple{
    kept("status", &PoolState::status),
    kept("master_domain", &PoolState::master_domain),
    kept("spm", &PoolState::spm),
    forgotten(&PoolState::proxy),
    forgotten(&PoolState::search),
    forgotten(&PoolState::candidate),
    forgotten(&PoolState::owner),
    forgotten(&PoolState::tried),
    forgotten(&PoolState::preferred),
    forgotten(&PoolState::stopping),
    forgotten(&PoolState::call),
    forgotten(&PoolState::refresh_call),
    forgotten(&PoolState::next_refresh),
    forgotten(&PoolState::paused_since),  // restart.cpp
    forgotten(&PoolState::next_start_poll),
    forgotten(&PoolState::serves_command),
    forgotten(&PoolState::last_failed),
    forgotten(&PoolState::waiting_since),
    forgotten(&PoolState::error_attempts),
    forgotten(&PoolState::said_no_candidate),
    forgotten(&PoolState::domain_problem),  // IrsProxyImpl's timers
};

// Each kept field is a table.
template <>
inline constexpr auto kFields<ClusterState> = std::tuple{
    described(&ClusterState::data_center),
    described(&ClusterState::cluster),
    described(&ClusterState::storage_domain),
    kept("policy", &ClusterState::policy),
    described(&ClusterState::fence_agent),
    described(&ClusterState::timing),
    described(&ClusterState::dead_spm),
    described(&ClusterState::unsafe_start_without_lease),
    kept("hosts", &ClusterState::hosts),
    kept("vms", &ClusterState::vms),
    kept("affinity_groups", &ClusterState::affinity_groups),
    kept("migrations", &ClusterState::migrations),
    kept("pool", &ClusterState::pool),
    kept("events", &ClusterState::events),
    forgotten(&ClusterState::last_event),  // the newest event's
    kept("jobs", &ClusterState::jobs),
    forgotten(&ClusterState::last_job),  // the newest job's
    forgotten(&ClusterState::started),
    forgotten(&ClusterState::quarantine_ended),
    forgotten(&ClusterState::previous_engine_host),  // whoever starts the Manager knows it
    forgotten(&ClusterState::next_enforcement),
    forgotten(&ClusterState::next_ha_run),
    forgotten(&ClusterState::next_auto_recovery),
    forgotten(&ClusterState::next_job_cleanup),
    forgotten(&ClusterState::last_call),
    forgotten(&ClusterState::random),
};

// A new field? Say above whether it survives a restart.
static_assert(EveryFieldIsListed<AffinityRule> && EveryFieldIsListed<AffinityGroup>);
static_assert(EveryFieldIsListed<Migration> && EveryFieldIsListed<AuditEvent>);
static_assert(EveryFieldIsListed<CommandContext> && EveryFieldIsListed<JobStep>);
static_assert(EveryFieldIsListed<Job>);
static_assert(EveryFieldIsListed<FencingPolicy> && EveryFieldIsListed<ClusterPolicy>);
static_assert(EveryFieldIsListed<PoolState> && EveryFieldIsListed<ClusterState>);

}  // namespace splitsite::reference
