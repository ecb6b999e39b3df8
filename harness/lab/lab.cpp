#include "harness/lab/lab.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <thread>

#include "harness/core/system_error.hpp"
#include "harness/lab/boot_watch.hpp"
#include "harness/lab/lab_files.hpp"
#include "harness/lab/preflight.hpp"

namespace splitsite {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string program_beside_us(const char* name) {
  std::error_code code;
  return (fs::read_symlink("/proc/self/exe", code).parent_path() / name).string();
}

std::string supervisor_program(const LabOptions& options) {
  return options.supervisor.empty() ? program_beside_us("splitsite-supervisor")
                                    : options.supervisor;
}

// The machine sits in the third site, which no fault of the two sites touches.
std::optional<std::string> machine_network(const LabConfig& config) {
  const auto third = config.site_with(SiteRole::Third);
  for (const NodeConfig& node : config.nodes) {
    if (third && node.site == *third && !node.nics.empty()) return node.nics.front().network;
  }
  return std::nullopt;
}

// Each node after those it waits for. Nobody waits for the witness while both replicas are whole,
// but it collects what the guests write. A Manager that can fence comes last: it would power-cycle
// hosts that are still booting, as oVirt's does with hosts it misses after its start (3.2).
int start_rank(NodeRole role, bool can_fence) {
  switch (role) {
    case NodeRole::Wan:
      return 0;
    case NodeRole::Storage:
      return 1;
    case NodeRole::Manager:
      return can_fence ? 5 : 2;
    case NodeRole::Host:
      return 3;
    case NodeRole::Witness:
      return 4;
  }
  return 6;
}

std::vector<NodeId> start_order(const LabConfig& config) {
  std::vector<const NodeConfig*> nodes;
  for (const NodeConfig& node : config.nodes) nodes.push_back(&node);
  const bool can_fence = std::any_of(nodes.begin(), nodes.end(),
                                     [](const auto* node) { return node->power_management; });
  std::stable_sort(nodes.begin(), nodes.end(), [&](const NodeConfig* a, const NodeConfig* b) {
    return start_rank(a->role, can_fence) < start_rank(b->role, can_fence);
  });
  std::vector<NodeId> order;
  for (const NodeConfig* node : nodes) order.push_back(node->name);
  return order;
}

// How many nodes boot side by side: one for each core of the machine and one that takes over while
// another waits. More only take the caches from each other: on two cores, eight emulated boots all
// at once cost a third more CPU time than two at a time.
std::size_t boots_at_once() { return std::max(2U, std::thread::hardware_concurrency()) + 1; }

void say(const LabOptions& options, const std::string& phase, const WaitProgress& wait) {
  if (options.progress) options.progress({phase, wait});
}

Error interrupted(const std::string& name) {
  return Error{.kind = ErrorKind::Interrupted,
               .attempted = "bring up the lab",
               .subject = name,
               .why = "interrupted"};
}

}  // namespace

Lab::Lab(LabConfig config, LabPaths paths) : config_(std::move(config)), paths_(std::move(paths)) {}

Lab::~Lab() {
  if (supervision_ && supervision_->owned()) (void)down();
}

Result<std::unique_ptr<Lab>> Lab::up(LabConfig config, const LabMaterials& materials,
                                     const LabOptions& options) {
  SPLITSITE_TRY_VOID(check_lab_name(config.name));
  const LabPaths paths = options.state.lab(config.name);
  SPLITSITE_TRY_VOID(require(check_lab(config, paths)));
  SPLITSITE_TRY(const UniqueFd lock, lock_lab(paths));
  SPLITSITE_TRY_VOID(remove_lab_files(paths, Keep::Nothing));
  SPLITSITE_TRY_VOID(make_lab_files(config, paths));

  std::unique_ptr<Lab> lab(new Lab(std::move(config), paths));
  SPLITSITE_TRY_VOID(lab->supervise(materials, options, lock.get()));
  SPLITSITE_TRY_VOID(lab->connect(options));
  SPLITSITE_TRY_VOID(lab->boot(materials, options));
  if (options.ownership == Ownership::Detached) {
    SPLITSITE_TRY_VOID(lab->supervision_->detach());
  }
  return lab;
}

Result<void> Lab::supervise(const LabMaterials& materials, const LabOptions& options, int lock) {
  say(options, "make the lab's namespaces", {});
  std::vector<std::string> arguments{"--lab", paths_.directory};
  for (const std::string& bridge : machine_bridges(config_)) {
    arguments.insert(arguments.end(), {"--bridge", bridge});
  }
  if (const auto network = machine_network(config_)) {
    arguments.insert(arguments.end(), {"--address", config_.machine_address, "--on", *network});
  }
  if (materials.acceleration != Acceleration::Kvm) arguments.push_back("--hide-kvm");
  if (!config_.power.controllers.empty()) {
    arguments.insert(arguments.end(),
                     {"--power-controller", program_beside_us("splitsite-power-controller")});
  }
  auto launched = Supervision::launch({.program = supervisor_program(options),
                                       .arguments = std::move(arguments),
                                       .log = paths_.supervisor_log(),
                                       .lock = lock});
  if (!launched) return launched.error();
  supervision_.emplace(std::move(launched.value()));
  SPLITSITE_TRY(const auto record,
                read_supervisor_record(supervisor_record_path(paths_.directory)));
  if (!record) {
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "find the supervisor of",
                 .subject = config_.name,
                 .why = "it ended right after its start",
                 .hint = "read " + paths_.supervisor_log()};
  }
  record_ = *record;
  return success();
}

Result<void> Lab::connect(const LabOptions& options) {
  const Wait wait{
      .what = "the lab's libvirtd to answer",
      .bound = 20s,
      .every = 20ms,
      .stop = options.stop,
      .progress = [&](const WaitProgress& now) { say(options, "start libvirtd", now); }};
  const std::string uri = paths_.libvirt_uri();
  auto connected = eventually<std::unique_ptr<libvirt::Connection>>(
      steady_clock(), wait, [&]() -> Probed<std::unique_ptr<libvirt::Connection>> {
        auto opened = libvirt::Connection::open(uri);
        if (opened) return std::move(opened.value());
        return NotYet{record_.runs() ? opened.error().why : "the supervisor has ended"};
      });
  if (!connected) return connected.error();
  connection_ = std::move(connected.value());
  SPLITSITE_TRY(agents_, Agents::connect(node_names(), paths_.nodes()));
  return success();
}

Result<void> Lab::boot(const LabMaterials& materials, const LabOptions& options) {
  const LabFiles files{.kernel = materials.image.kernel,
                       .initramfs = materials.image.initramfs,
                       .node_image = materials.image.root,
                       .tools_disk = materials.tools_disk,
                       .lab_disk = paths_.lab_disk(),
                       .nodes = paths_.nodes(),
                       .machine = materials.image.machine};
  for (const NodeConfig& node : config_.nodes) {
    if (options.stop.stop_requested()) return interrupted(config_.name);
    SPLITSITE_TRY_VOID(connection_->define(domain_xml(node, files, materials.acceleration)));
  }
  BootWatch boots(node_names(), paths_);
  agents_->subscribe([&](const AgentEvent& event) { boots.on_agent_event(event); });
  SPLITSITE_TRY_VOID(connection_->subscribe(
      [&](const libvirt::LifecycleEvent& event) { boots.on_lifecycle(event); }));
  const Result<void> outcome = boot_all(boots, options);
  agents_->subscribe({});
  const Result<void> ended = connection_->subscribe({});
  if (!outcome) return blamed_on_supervisor(outcome.error());
  return ended;
}

// Without its supervisor everything of a lab fails at once; only the first cause is worth saying.
Error Lab::blamed_on_supervisor(Error error) const {
  if (record_.runs() || error.kind == ErrorKind::Interrupted) return error;
  return Error{
      .kind = ErrorKind::Unavailable,
      .attempted = "bring up the lab",
      .subject = config_.name,
      .why = "its supervisor has ended",
      .hint = "read " + paths_.supervisor_log() + " and " + paths_.log() + "/libvirtd.log"};
}

// Powers on the next nodes as long as there is room and nobody wants to stop: each start takes up
// to half a second. `started` counts them.
std::optional<BootFailure> Lab::power_on_next(const std::vector<NodeId>& order,
                                              const BootWatch& boots, const std::stop_token& stop,
                                              std::size_t& started) {
  while (!stop.stop_requested() && started < order.size() &&
         started - std::min(started, boots.ready()) < boots_at_once()) {
    const NodeId& node = order[started++];
    const auto on = connection_->on(node);
    if (!on) return BootFailure{node, on.error().message()};
  }
  return std::nullopt;
}

Result<void> Lab::boot_all(const BootWatch& boots, const LabOptions& options) {
  const Wait wait{
      .what = fmt::format("{} nodes to be ready", config_.nodes.size()),
      .bound = options.bound,
      .every = 50ms,
      .stop = options.stop,
      .progress = [&](const WaitProgress& now) {
        say(options, fmt::format("boot nodes, {} of {} ready", boots.ready(), config_.nodes.size()),
            now);
      }};
  const std::vector<NodeId> order = start_order(config_);
  std::size_t started = 0;
  auto settled = eventually<std::optional<BootFailure>>(
      steady_clock(), wait, [&]() -> Probed<std::optional<BootFailure>> {
        if (auto failed = power_on_next(order, boots, options.stop, started)) return failed;
        return boots.look();
      });
  if (settled && !settled.value()) return success();
  if (!settled && settled.error().kind == ErrorKind::Interrupted) return settled.error();
  std::string detail = settled ? fmt::format("{}\n{}", settled.value()->why,
                                             console_tail(paths_, settled.value()->node))
                               : settled.error().message() + "\n";
  if (!settled) {
    for (const NodeId& node : boots.not_ready()) {
      detail += fmt::format("the console of {} ends with\n{}", node, console_tail(paths_, node));
    }
  }
  return Error{.kind = settled ? ErrorKind::Unavailable : ErrorKind::TimedOut,
               .attempted = "boot",
               .subject = settled ? settled.value()->node.str() : "every node",
               .why = detail};
}

Result<std::unique_ptr<Lab>> Lab::attach(const StateDirectory& state, const std::string& name) {
  SPLITSITE_TRY(const LabTrace trace, find_lab(state, name));
  if (!trace.runs) {
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "find the lab",
                 .subject = name,
                 .why = "it is not up",
                 .hint = "splitsite lab up --name " + name};
  }
  const LabPaths paths = state.lab(name);
  SPLITSITE_TRY(LabConfig config, read_lab_config(paths.config()));
  std::unique_ptr<Lab> lab(new Lab(std::move(config), paths));
  lab->record_ = *trace.record;
  SPLITSITE_TRY(lab->connection_, libvirt::Connection::open(paths.libvirt_uri()));
  SPLITSITE_TRY(lab->agents_, Agents::connect(lab->node_names(), paths.nodes()));
  return lab;
}

Result<void> Lab::enter_network() const {
  const UniqueFd network(::open(record_.netns().c_str(), O_RDONLY | O_CLOEXEC));
  if (!network || !is_alive(record_.init)) {
    return system_error("find the network of the lab", config_.name);
  }
  if (::setns(network.get(), CLONE_NEWNET) != 0) {
    return system_error("enter the network of the lab", config_.name);
  }
  return success();
}

Result<void> Lab::down() {
  agents_.reset();
  // Before libvirtd goes, so that the connection is closed in order.
  connection_.reset();
  const Result<void> ended = end_process(record_.supervisor, 6s);
  supervision_.reset();
  SPLITSITE_TRY_VOID(ended);
  return remove_lab_files(paths_, Keep::Logs);
}

std::vector<NodeId> Lab::node_names() const {
  std::vector<NodeId> names;
  for (const NodeConfig& node : config_.nodes) names.push_back(node.name);
  return names;
}

Result<LabTrace> find_lab(const StateDirectory& state, const std::string& name) {
  SPLITSITE_TRY_VOID(check_lab_name(name));
  LabTrace trace{.name = name};
  SPLITSITE_TRY(trace.record,
                read_supervisor_record(supervisor_record_path(state.lab(name).directory)));
  trace.runs = trace.record && trace.record->runs();
  trace.leftovers = !trace.runs && fs::exists(state.lab(name).config());
  return trace;
}

Result<void> end_lab(const StateDirectory& state, const std::string& name, Duration bound) {
  SPLITSITE_TRY(const LabTrace trace, find_lab(state, name));
  if (trace.runs) {
    SPLITSITE_TRY_VOID(end_process(trace.record->supervisor, bound));
    SPLITSITE_TRY_VOID(end_process(trace.record->init, bound));
  }
  const LabPaths paths = state.lab(name);
  if (!fs::exists(paths.directory)) return success();
  SPLITSITE_TRY(const UniqueFd lock, lock_lab(paths));
  return remove_lab_files(paths, Keep::Logs);
}

}  // namespace splitsite
