// What runs on the hosts: VMs, the self-hosted engine, and the affinity that places them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/id.hpp"

namespace splitsite {

// placement_policy/affinity: who may migrate the VM. "user_migratable": only a user, by his own
// word; "pinned": nobody.
enum class MigrationMode { Migratable, UserMigratable, Pinned };

std::string_view to_string(MigrationMode mode);  // "user_migratable"

// storage_error_resume_behaviour of a VM: what becomes of it when it paused on an I/O error (fact
// sheet 2.5).
enum class ResumeBehaviour { AutoResume, LeavePaused, Kill };

std::string_view to_string(ResumeBehaviour behaviour);  // "auto_resume", as REST writes it

struct VmConfig {
  VmId name;
  SiteId home;
  bool highly_available = false;
  bool lease = false;
  int priority = 1;  // 0 … 100
  int memory_mib = 96;
  // How often the guest appends a record: what a service's downtime is measured with, and most of
  // what a guest costs an emulated host.
  std::chrono::milliseconds write_interval{200};
  MigrationMode migration = MigrationMode::Migratable;
  // Of an HA VM with a lease it is always Kill, whatever the topology says.
  ResumeBehaviour storage_error_resume_behaviour = ResumeBehaviour::AutoResume;
  std::string mac;
  std::string address;  // "10.77.0.101/24"
};

// A self-hosted engine (fact sheet 5): the Manager is a guest of the hosts, kept alive by an HA
// agent on each host that can run it. What it needs on the LUN follows oVirt's storage domain: a
// lease of the VM, a lockspace of the agents' own, and one metadata block of 4 KiB per host id.
inline constexpr const char* hosted_engine_vm = "HostedEngine";

struct HostedEngineConfig {
  VmConfig vm;  // "HostedEngine": holds a lease, is never an HA VM; home is where it starts
  int vcpus = 1;
  std::vector<NodeId> hosts;  // those with an HA agent; the others are standard hosts (SHE-3)
  std::uint64_t lease_offset = 0;
  std::uint64_t lockspace_offset = 0;  // of the lockspace "hosted-engine"
  std::uint64_t metadata_offset = 0;   // block 0 is the cluster's, block N that of host id N
  std::uint64_t volume_offset = 0;     // the VM's disk
  std::uint64_t volume_size = 0;
  std::string gateway;  // what the agents ping to see whether their network works; empty: no test
};

// A group's rule between its VMs: together on one host, or each on a host of its own.
enum class VmsRule { None, Positive, Negative };

std::string_view to_string(VmsRule rule);  // "negative"

struct AffinityGroupConfig {
  std::string name;
  bool enforcing = false;  // the rule to hosts, which there is when `hosts` are named
  bool positive = true;
  std::vector<VmId> vms;
  std::vector<NodeId> hosts;
  VmsRule vms_rule = VmsRule::None;
  bool vms_enforcing = false;
  double priority = 1;  // of several groups that are broken, the highest counts
};

}  // namespace splitsite
