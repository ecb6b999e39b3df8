#include "faults/process/process_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace splitsite {
namespace {

using std::chrono::milliseconds;

constexpr std::array<std::string_view, 6> of_hosts = {"hostd", "libvirtd", "sanlock",
                                                      "wdmd",  "iscsid",   "multipathd"};

bool belongs(const std::string& process, NodeRole role) {
  switch (role) {
    case NodeRole::Host:
      return std::find(of_hosts.begin(), of_hosts.end(), process) != of_hosts.end();
    case NodeRole::Manager:
      return process == "manager";
    case NodeRole::Witness:
      return process == "witness";
    case NodeRole::Storage:
    case NodeRole::Wan:
      break;
  }
  return false;
}

// HA agents of a self-hosted engine run on the hosts that can run it, on no others.
bool has_ha_agent(const LabConfig& config, const NodeId& node) {
  if (!config.hosted_engine) return false;
  const auto& hosts = config.hosted_engine->hosts;
  return std::find(hosts.begin(), hosts.end(), node) != hosts.end();
}

bool is_vm_of(const LabConfig& config, const VmId& name) {
  const bool is_engine = config.hosted_engine && config.hosted_engine->vm.name == name;
  return is_engine || config.find_vm(name) != nullptr;
}

std::string_view meaning_of(char state) {
  switch (state) {
    case 'R':
      return "running";
    case 'S':
    case 'I':
      return "sleeping";
    case 'D':
      return "waiting in the kernel";
    case 'T':
    case 't':
      return "stopped";
    default:
      return "in no known state";
  }
}

// Any node that can send a ping, at another place than the one that is asked about.
Result<NodeId> observer_of(const LabConfig& config, const NodeId& node) {
  for (const NodeConfig& other : config.nodes) {
    if (other.name != node && other.role != NodeRole::Wan && !other.site_address().empty()) {
      return other.name;
    }
  }
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "find a node that watches",
               .subject = node.str(),
               .why = "the lab has no other node"};
}

}  // namespace

std::vector<ParameterSpec> target_parameters() {
  return {{.name = "node",
           .type = "node",
           .meaning = "where it runs",
           .otherwise = "",
           .allowed = "a host, the Manager's node, the witness"},
          {.name = "process",
           .type = "choice",
           .meaning = "which process",
           .otherwise = "",
           .allowed = "on a host: hostd, libvirtd, sanlock, wdmd, iscsid, multipathd, vm:<VM>, and "
                      "ha-agent where the engine can run; on the Manager's node: manager; on the "
                      "witness: witness"}};
}

Result<ProcessTarget> read_target(const ParameterReader& reader) {
  SPLITSITE_TRY(const NodeId node, reader.node("node"));
  SPLITSITE_TRY(const std::string process, reader.text("process"));
  const ProcessTarget target{.node = node, .process = process};
  const NodeRole role = reader.config().find_node(node)->role;
  if (target.is_vm()) {
    if (role != NodeRole::Host) return reader.wrong("process", "runs on hosts only");
    if (!is_vm_of(reader.config(), VmId(process.substr(3)))) {
      return reader.wrong("process", "names no VM of this lab");
    }
    return target;
  }
  if (belongs(process, role)) return target;
  if (process == "ha-agent" && has_ha_agent(reader.config(), node)) return target;
  return reader.wrong("process", fmt::format("does not run on {}", node));
}

std::string ProcessSeen::describe() const {
  if (!running) return held ? "not running, held down" : "not running";
  return fmt::format("pid {}, {}", pid, meaning_of(state));
}

Result<ProcessSeen> see(const Bench& bench, const ProcessTarget& target) {
  SPLITSITE_TRY(const auto said,
                bench.nodes.observe(target.node, "process.stop", {{"process", target.process}}));
  const std::string state = said.value("state", "");
  return ProcessSeen{.running = said.value("running", false),
                     .held = said.value("held", false),
                     .pid = said.value("pid", 0),
                     .state = state.empty() ? '?' : state.front(),
                     .started_ticks = said.value("started_ticks", std::uint64_t{0}),
                     .cpu_ticks = said.value("cpu_ticks", std::uint64_t{0}),
                     .boot_id = said.value("boot_id", "")};
}

Result<Untouched> Untouched::choose(const Bench& bench, const ProcessTarget& target) {
  Untouched untouched;
  untouched.node_ = target.node;
  SPLITSITE_TRY(untouched.observer_, observer_of(bench.config, target.node));
  if (bench.config.find_node(target.node)->role != NodeRole::Host) return untouched;
  untouched.daemon_ = ProcessTarget{
      .node = target.node, .process = target.process == "iscsid" ? "multipathd" : "iscsid"};
  SPLITSITE_TRY(untouched.before_, see(bench, *untouched.daemon_));
  if (untouched.before_.running && !untouched.before_.stopped()) return untouched;
  return Error{
      .kind = ErrorKind::Unavailable,
      .attempted = "have a control for",
      .subject = target.describe(),
      .why = fmt::format("{} is {}", untouched.daemon_->process, untouched.before_.describe())};
}

Result<std::string> Untouched::still(const Bench& bench) const {
  std::string words;
  if (daemon_) {
    SPLITSITE_TRY(const ProcessSeen now, see(bench, *daemon_));
    if (!now.same_process(before_) || now.stopped()) {
      return not_proven(fmt::format("{} is untouched", daemon_->describe()), now.describe());
    }
    words = fmt::format("{} is the same: {}; ", daemon_->describe(), now.describe());
  }
  const PingPlan plan{.count = 3, .interval = milliseconds(100), .timeout = milliseconds(1000)};
  SPLITSITE_TRY(const PingResult ping,
                bench.prober.ping(observer_, bench.config.find_node(node_)->site_address(), plan));
  if (ping.received == 0) {
    return not_proven(fmt::format("{} answers {}", node_, observer_), splitsite::describe(ping));
  }
  return words + fmt::format("{} from {}: {}", node_, observer_, splitsite::describe(ping));
}

}  // namespace splitsite
