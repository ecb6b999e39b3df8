// What the host daemon needs from its node: a hypervisor, sanlock, the replicated LUN, and facts
// about the machine. The daemon's logic knows only these; libvirt and libsanlock are behind them.
// Every call may block for minutes unless it says otherwise, and may be made from any thread.
// ErrorKind::Unavailable from a hypervisor call: the connection broke under it, the outcome is
// open.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/result.hpp"
#include "topologies/reference/hostd/core/guest_xml.hpp"
#include "topologies/reference/hostd/core/spm_inspect.hpp"
#include "topologies/reference/hostd/core/spm_role.hpp"
#include "topologies/reference/hostd/core/vm_table.hpp"
#include "topologies/reference/rpc/host_stats.hpp"

namespace splitsite::reference::hostd {

// Who is told what the hypervisor does. Called from the hypervisor's own thread, in order.
class HypervisorListener {
 public:
  virtual ~HypervisorListener() = default;
  virtual void on_event(const DomainEvent& event) = 0;
  // Connected, for the first time or again; `domains` is everything that exists at this moment.
  virtual void on_connected(const std::vector<DomainState>& domains) = 0;
  virtual void on_disconnected(const std::string& why) = 0;
};

class Hypervisor {
 public:
  virtual ~Hypervisor() = default;

  // Begins to connect and to tell; reconnects by itself for ever. The listener outlives this
  // object.
  virtual void watch(HypervisorListener& listener) = 0;

  // Returns when the guest's CPUs run. Waits for the lease, if another host may still hold it.
  virtual Result<void> create(const GuestSpec& spec) = 0;
  virtual Result<void> shutdown(const VmId& vm) = 0;  // presses the power button, no more
  virtual Result<void> reboot(const VmId& vm) = 0;    // at once, in the same QEMU
  virtual Result<void> destroy(const VmId& vm) = 0;   // succeeds if there is no such domain
  virtual Result<void> resume(const VmId& vm) = 0;
  // Live, peer to peer; returns when the guest runs there and is gone here.
  virtual Result<void> migrate(const VmId& vm, const NodeConfig& destination) = 0;
  // The migrate() under way returns with an error, and the guest stays here.
  virtual Result<void> abort_migration(const VmId& vm) = 0;
  // Attaches the VM's lease device, which acquires it, or detaches it, which releases it.
  virtual Result<void> plug_lease(const GuestSpec& spec) = 0;
  virtual Result<void> unplug_lease(const GuestSpec& spec) = 0;

  // Asks for another on_connected with a fresh list, soon: a call failed in a way that leaves open
  // what became of the domain.
  virtual void relist() = 0;

  // Process id of the VM's QEMU if it runs; never blocks and does not ask libvirt.
  virtual std::optional<int> qemu_pid(const VmId& vm) = 0;
  // The guest has written to its console since it was started. Never blocks.
  virtual bool guest_answers(const VmId& vm) = 0;
};

enum class LockspaceState { Absent, Joining, Joined };

class Leases {
 public:
  virtual ~Leases() = default;

  // Asks sanlock to join; returns before it has. Asking again while joining or joined is fine.
  virtual Result<void> begin_join(int host_id) = 0;
  virtual Result<void> leave(int host_id) = 0;
  virtual Result<LockspaceState> lockspace(int host_id) = 0;

  // The SPM lease, held by this process: sanlock ends the process if the lease is lost.
  virtual Result<std::int64_t> acquire_spm() = 0;  // the lease's version
  virtual Result<void> release_spm() = 0;
  virtual LeaseLook look_at_spm() = 0;

  // Writes a free lease into the VM's place on the LUN unless there is one; makes the place empty.
  // ErrorKind::Invalid: the lab has no place for this VM's lease.
  virtual Result<void> create_lease(const VmId& vm) = 0;
  virtual Result<void> delete_lease(const VmId& vm) = 0;

  virtual Result<LeaseOnStorage> read_spm_lease() = 0;  // from storage
  virtual Result<OwnerHost> owner_host(std::uint64_t host_id) = 0;
};

class Lun {
 public:
  virtual ~Lun() = default;
  // Reads the lockspace's first block past every cache. ErrorKind::Unavailable: no such device.
  virtual Result<void> read() = 0;
};

struct MachineFacts {
  std::string boot_id;
  std::chrono::milliseconds uptime{};
  int memory_free_mib = 0;
  int memory_total_mib = 0;
  double cpu_load = 0;  // one-minute load average
};

class Machine {
 public:
  virtual ~Machine() = default;
  virtual MachineFacts facts() = 0;  // never blocks
};

struct AgentOutcome {
  int exit_code = 0;
  std::string words;  // what it wrote
};

// Programs that speak to power controllers.
class FenceAgents {
 public:
  virtual ~FenceAgents() = default;
  // Runs one to its end, `input` on its standard input. ErrorKind::Unavailable: there is no such
  // program; TimedOut: it was ended.
  virtual Result<AgentOutcome> run(const std::string& program, const std::string& input,
                                   Duration bound) = 0;
};

// The HA agent of a self-hosted engine on this host, in the place of VDSM's client of it.
class HaAgent {
 public:
  virtual ~HaAgent() = default;
  virtual rpc::HaStats stats() = 0;  // never blocks
  // The agent obeys with its next loop. ErrorKind::Unavailable: no agent is configured here.
  virtual Result<void> set_local_maintenance(bool set) = 0;
};

struct Ports {
  Hypervisor& hypervisor;
  Leases& leases;
  Lun& lun;
  Machine& machine;
  FenceAgents& fence_agents;
  HaAgent& ha_agent;
};

}  // namespace splitsite::reference::hostd
