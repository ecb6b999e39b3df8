// The description of one lab with everything resolved: names, addresses, storage layout, timers.
// Made from a topology by resolve(), handed to every node as /lab/lab.json, and read there by the
// agent, the Manager and the host daemon, so that all of them agree by construction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/id.hpp"
#include "harness/core/result.hpp"
#include "harness/lab/description/power_config.hpp"
#include "harness/lab/description/timing_config.hpp"
#include "harness/lab/description/vm_config.hpp"
#include "harness/ports/links.hpp"

namespace splitsite {

enum class SiteRole { Primary, Secondary, Third };
enum class NodeRole { Host, Storage, Wan, Manager, Witness };

std::string_view to_string(SiteRole role);  // "primary"
std::string_view to_string(NodeRole role);  // "host"

struct SiteConfig {
  SiteId name;
  SiteRole role = SiteRole::Third;
};

// One network card. Networks are layer-2 segments of the machine: "site-a", "repl-a".
struct NicConfig {
  std::string device;  // the name it gets in the node: "eth0"
  std::string network;
  std::string mac;
  std::string address;  // "10.77.0.11/24"; empty on the wan node's ports
};

struct NodeConfig {
  NodeId name;
  NodeRole role = NodeRole::Host;
  SiteId site;  // empty for the wan node
  int memory_mib = 0;
  int vcpus = 1;
  int host_id = 0;       // sanlock host id, hosts only: 1 … 2000
  int spm_priority = 5;  // hosts only: -1 … 10
  bool power_management = false;
  std::vector<NicConfig> nics;

  // The address on the site network without the prefix length: "10.77.0.11".
  std::string site_address() const;
  std::string replication_address() const;  // on its card for replication; empty without one
};

struct LinkConfig {
  LinkKind kind = LinkKind::Site;
  SiteId first;
  SiteId second;
  Impairment first_to_second;  // the topology's baseline
  Impairment second_to_first;
};

// Byte offsets on the replicated LUN. sanlock wants leases at multiples of 1 MiB.
struct LeaseConfig {
  std::string name;  // "SDM", or the VM's name
  std::uint64_t offset = 0;
};
struct VolumeConfig {
  VmId vm;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};
struct StorageConfig {
  std::string domain;          // storage domain and lockspace name
  std::string iqn_prefix;      // the target of sto-a is "<prefix>:sto-a"
  std::string serial;          // the LUN's unit serial, the same from both storage nodes
  std::uint64_t lun_size = 0;  // what hosts may use of the LUN; it may be a little larger
  std::uint64_t lockspace_offset = 0;
  std::vector<LeaseConfig> leases;
  std::vector<VolumeConfig> volumes;

  // Size of each storage node's backing file: the LUN and DRBD's internal metadata behind it.
  std::uint64_t backing_size() const { return lun_size + 4 * 1024 * 1024; }
};

// What happens to the SPM role when its host dies unfenced while the Manager lives (fact
// sheet 1.5).
enum class DeadSpm { Moves, Stuck };

std::string_view to_string(DeadSpm behaviour);  // "moves"

// The cluster's error_handling/on_error: which VMs leave a NonOperational host (fact sheet 3.3).
enum class OnHostError { Migrate, DoNotMigrate, MigrateHighlyAvailable };

std::string_view to_string(OnHostError handling);  // "migrate_highly_available"

struct LabConfig {
  std::string name;
  std::vector<SiteConfig> sites;
  std::vector<NodeConfig> nodes;
  std::vector<LinkConfig> links;
  StorageConfig storage;
  std::vector<VmConfig> vms;
  std::vector<AffinityGroupConfig> affinity_groups;
  std::optional<HostedEngineConfig> hosted_engine;  // none: the Manager has nodes of its own
  TimingConfig timing;
  DeadSpm dead_spm = DeadSpm::Moves;
  OnHostError on_error = OnHostError::Migrate;
  // Test only: the Manager restarts HA VMs without their lease, so that oracles can be seen to
  // fail.
  bool manager_starts_without_lease = false;
  std::string machine_address;    // the harness's own address on the third site's network, "/24"
  std::string collector_address;  // where guests send their acknowledgements: "10.77.0.32"
  std::uint16_t collector_port = 7200;  // UDP
  std::string witness_address;
  std::uint16_t witness_port = 7100;           // TCP
  std::uint16_t host_daemon_port = 54321;      // TCP, as VDSM's
  std::uint16_t restart_service_port = 54323;  // TCP; restarts a host's daemon, in place of SSH
  FencingPolicyConfig fencing_policy;
  PowerConfig power;
  std::string manager_address;  // of its API, wherever it runs: "10.77.0.31"
  std::uint16_t manager_port = 443;

  const NodeConfig* find_node(const NodeId& name) const;
  const VmConfig* find_vm(const VmId& name) const;
  const SiteConfig* find_site(const SiteId& name) const;
  std::vector<NodeId> hosts_of(const SiteId& site) const;  // by host id
  std::vector<NodeId> nodes_of(const SiteId& site) const;  // hosts, storage, Managers
  std::vector<NodeId> managers() const;  // none: self-hosted; two: clustered, home's first
  bool clustered_manager() const { return managers().size() > 1; }
  // Bytes of a node's own disk, its backing file on the machine; 0: it has none.
  std::uint64_t disk_size(const NodeConfig& node) const;
  std::optional<SiteId> site_with(SiteRole role) const;
};

// The text of /lab/lab.json, and back. Keys are the members' names; enums are lower-case words;
// durations are whole numbers named for their unit, "delay_us" and "vds_refresh_rate_ms"; finer
// parts are cut off. Reading is strict: unknown or missing keys are errors, and so are wrong types.
std::string to_json(const LabConfig& config);
Result<LabConfig> lab_config_from_json(const std::string& text);
// Reads the file; the usual path in a node is /lab/lab.json.
Result<LabConfig> read_lab_config(const std::string& path);

}  // namespace splitsite
