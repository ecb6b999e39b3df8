#include "harness/agent/agent.hpp"

#include <cstdio>

#include "harness/agent/boot_steps.hpp"
#include "harness/agent/changes/change_book.hpp"
#include "harness/agent/changes/node/node_changes.hpp"
#include "harness/agent/channel/channel.hpp"
#include "harness/agent/collector/arbitration.hpp"
#include "harness/agent/collector/collector.hpp"
#include "harness/agent/common_operations.hpp"
#include "harness/agent/disks/disk_kinds.hpp"
#include "harness/agent/dispatch.hpp"
#include "harness/agent/event_log.hpp"
#include "harness/agent/host/host_part.hpp"
#include "harness/agent/links/link_devices.hpp"
#include "harness/agent/links/link_operations.hpp"
#include "harness/agent/manager/api_proxy.hpp"
#include "harness/agent/probes/probes.hpp"
#include "harness/agent/probes/traffic.hpp"
#include "harness/agent/processes/process_changes.hpp"
#include "harness/agent/storage/storage_part.hpp"
#include "harness/agent/traffic/traffic_changes.hpp"
#include "harness/agent/volume/volume_scan.hpp"
#include "harness/lab/journal.hpp"

namespace splitsite::agent {
namespace {

Identity identity_of(const AgentSetting& setting) {
  Identity identity{.node = setting.node, .role = "none", .boot_id = kernel_boot_id()};
  const NodeConfig* self = setting.lab ? setting.lab->find_node(NodeId{setting.node}) : nullptr;
  if (self != nullptr) identity.role = to_string(self->role);
  return identity;
}

// Microseconds since the node's start, so that the numbers of an agent that had to be restarted go
// on above its predecessor's, and a reader's "what came after n" stays meaningful.
std::uint64_t first_event_number() {
  using std::chrono::microseconds;
  return static_cast<std::uint64_t>(std::chrono::duration_cast<microseconds>(node_now()).count());
}

// A journal that cannot be read is put aside: better an agent with a new one than none at all.
Result<Journal> open_journal(const std::string& path, EventLog& events) {
  auto journal = Journal::open(path);
  if (journal || journal.error().kind != ErrorKind::Invalid) return journal;
  events.emit("deadman.failed", {{"why", journal.error().message()}});
  std::rename(path.c_str(), (path + ".unreadable").c_str());
  return Journal::open(path);
}

}  // namespace

// In the order of need: what comes later uses what comes before, and goes first.
struct Agent::Parts {
  Parts(EventLoop& event_loop, AgentSetting given)
      : loop(event_loop),
        setting(std::move(given)),
        identity(identity_of(setting)),
        dispatcher([this](const std::string& line) { channel.send(line); }),
        events([this](const Json& event) { channel.send(to_line(event)); }, first_event_number()),
        channel(loop, setting.channel,
                {.line = [this](const std::string& line) { dispatcher.handle(line); },
                 .oversized_line = [this] { dispatcher.refuse_oversized_line(); },
                 .reader_came = [] {}}) {
    events.emit("agent.start", {{"boot_id", identity.boot_id}});
    steps.emplace(loop, setting.steps_file, events);
    steps->add_to(dispatcher);
    add_common_operations(dispatcher, identity, *steps, events);
    add_probes(dispatcher, loop);
    traffic.emplace(loop, setting.echo_port, events);
    traffic->add_to(dispatcher);
  }

  void open_journals() {
    for (auto* const wanted : {&change_journal, &link_journal}) {
      const char* name = wanted == &change_journal ? "/changes.jsonl" : "/links.jsonl";
      auto opened = open_journal(setting.journals + name, events);
      if (opened) {
        wanted->emplace(std::move(opened.value()));
      } else {
        events.emit("journal.failed", {{"why", opened.error().message()}});
      }
    }
  }

  void add_links() {
    if (!link_journal) return;
    auto netem = netlink::Netem::open();
    if (!netem) return;  // without CAP_NET_ADMIN or netlink there are no links to set
    link_kernel = std::make_unique<NetlinkLinkKernel>(std::move(netem.value()));
    leaves = std::make_unique<LinkDevices>(loop, steady_clock(), *link_kernel, events);
    links = std::make_unique<LinkOperations>(loop, steady_clock(), *leaves, *link_journal, events);
    links->add_to(dispatcher);
    links->take_over();
  }

  // The kinds of change every node knows; add_role() adds those of the role.
  void add_changes() {
    if (!change_journal) return;
    changes = std::make_unique<ChangeBook>(loop, steady_clock(), *change_journal, events);
    changes->add_to(dispatcher);
    add_node_changes(*changes, loop);
    add_process_changes(*changes, {.vm_pids = setting.libvirt_pids});
    add_traffic_changes(*changes, identity.role == to_string(NodeRole::Host));
  }

  // Disks, paths and replicas, of hosts and storage nodes.
  void add_disks(const LabConfig& lab, NodeRole role) {
    if (!changes) return;
    disks = std::make_unique<DiskKinds>(loop, events, lab.storage, setting.proc_drbd);
    if (role == NodeRole::Host) disks->add_to_host(*changes);
    if (role == NodeRole::Storage) disks->add_to_storage_node(*changes);
  }

  // What only nodes of one role have. A part that cannot start is told of; the others go on.
  void add_role(const LabConfig& lab, NodeRole role) {
    add_disks(lab, role);
    switch (role) {
      case NodeRole::Host:
        host = std::make_unique<HostPart>(loop, setting.libvirt_pids, lab.storage.domain, events);
        host->add_to(dispatcher);
        add_api_proxy(false);
        break;
      case NodeRole::Storage:
        storage = std::make_unique<StoragePart>(loop, setting.proc_drbd, events);
        storage->add_to(dispatcher);
        add_volume_scan(dispatcher, loop, setting.replicated_device, lab.storage.volumes);
        break;
      case NodeRole::Witness:
        add_witness(lab);
        add_api_proxy(false);
        break;
      case NodeRole::Manager:
        add_api_proxy(true);
        break;
      case NodeRole::Wan:
        break;
    }
  }

  // Where the Manager is not, it is asked as by a client.
  void add_api_proxy(bool manager_here) {
    if (!changes) return;
    changes->add("api.proxy",
                 std::make_unique<ApiProxy>(loop, ApiProxySetting{.manager_here = manager_here}));
  }

  void add_witness(const LabConfig& lab) {
    arbitration.emplace(loop, setting.witness_state, events);
    auto listening = Collector::listen(loop, lab.collector_port, events);
    if (listening) {
      collector = std::move(listening.value());
    } else {
      events.emit("collector.failed", {{"why", listening.error().message()}});
    }
  }

  EventLoop& loop;
  AgentSetting setting;
  Identity identity;
  Dispatcher dispatcher;
  EventLog events;
  Channel channel;
  std::optional<BootSteps> steps;
  // What cannot be written down is not done: without its journal a part is not there.
  std::optional<Journal> change_journal;
  std::optional<Journal> link_journal;
  std::optional<Traffic> traffic;
  std::unique_ptr<LinkKernel> link_kernel;
  std::unique_ptr<Leaves> leaves;
  std::unique_ptr<LinkOperations> links;
  std::unique_ptr<DiskKinds> disks;
  std::unique_ptr<ChangeBook> changes;
  std::unique_ptr<HostPart> host;
  std::unique_ptr<StoragePart> storage;
  std::optional<ArbitrationWatch> arbitration;
  std::unique_ptr<Collector> collector;
};

Result<std::unique_ptr<Agent>> Agent::start(EventLoop& loop, AgentSetting setting) {
  auto parts = std::make_unique<Parts>(loop, std::move(setting));
  Parts& p = *parts;
  p.open_journals();
  p.add_links();
  p.add_changes();
  if (p.setting.lab) {
    const NodeConfig* self = p.setting.lab->find_node(NodeId{p.setting.node});
    if (self != nullptr) p.add_role(*p.setting.lab, self->role);
  }
  if (p.changes) p.changes->take_over();
  SPLITSITE_TRY_VOID(p.channel.open());
  return std::unique_ptr<Agent>(new Agent(std::move(parts)));
}

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Agent::~Agent() = default;

}  // namespace splitsite::agent
