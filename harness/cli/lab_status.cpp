#include "harness/cli/lab_status.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/lab/lab.hpp"

namespace splitsite::cli {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr Duration kAgentsGetThisLong = 1500ms;

std::string power_of(Lab& lab, const NodeId& node) {
  const auto state = lab.power().state(node);
  if (!state) return "unknown";
  switch (state.value()) {
    case PowerState::On:
      return "on";
    case PowerState::Off:
      return "off";
    case PowerState::Paused:
      return "paused";
    case PowerState::Starved:
      return "starved of disk";
  }
  return "unknown";
}

// "26.87 ready" -> "ready at 26.87 s"
std::string boot_of(const json& steps) {
  const auto lines = steps.find("lines");
  if (lines == steps.end() || !lines->is_array() || lines->empty()) return "its agent runs";
  const std::string line = lines->back().get<std::string>();
  const auto space = line.find(' ');
  if (space == std::string::npos) return line;
  return fmt::format("{} at {} s", line.substr(space + 1), line.substr(0, space));
}

std::string boot_of(Lab& lab, const NodeId& node, const std::string& power) {
  if (power != "on") return "";
  const auto steps = lab.agents()[node].call("steps", json::object(), 1s);
  if (steps) return boot_of(steps.value());
  return "its agent is silent, or busy with a run";
}

std::vector<std::string> names_in(const json& truth, const char* list, bool running_only) {
  std::vector<std::string> names;
  for (const json& item : truth.value(list, json::array())) {
    if (running_only && !item.value("running", false)) continue;
    names.push_back(item.value("name", ""));
  }
  std::sort(names.begin(), names.end());
  return names;
}

// What `hosted-engine --vm-status` would say first.
std::string engine_of(const json& truth) {
  const auto agent = truth.find("hosted_engine");
  if (agent == truth.end() || !agent->is_object()) return {};
  std::string text =
      fmt::format("{}, score {}", agent->value("state", "?"), agent->value("score", 0));
  const std::string maintenance = agent->value("maintenance", "none");
  if (maintenance != "none") text += fmt::format(", {} maintenance", maintenance);
  return text;
}

void add_truth(Lab& lab, const NodeConfig& node, NodeStatus& status) {
  if (node.role != NodeRole::Host || status.power != "on") return;
  const auto truth = lab.agents()[node.name].call("truth", json::object(), 1s);
  if (!truth) return;  // the line about its boot says that it is silent
  status.running = names_in(truth.value(), "vms", true);
  status.leases = names_in(truth.value(), "leases", false);
  status.engine = engine_of(truth.value());
}

// "runs vm-1; holds SDM, vm-1; engine EngineUp, score 3400"
std::string host_line(const NodeStatus& node) {
  std::vector<std::string> parts;
  if (!node.running.empty()) parts.push_back(fmt::format("runs {}", fmt::join(node.running, ", ")));
  if (!node.leases.empty()) parts.push_back(fmt::format("holds {}", fmt::join(node.leases, ", ")));
  if (!node.engine.empty()) parts.push_back("engine " + node.engine);
  return fmt::format("{}", fmt::join(parts, "; "));
}

void wait_for_agents(Lab& lab) {
  (void)eventually<std::monostate>(
      steady_clock(), {.what = "the agents to answer", .bound = kAgentsGetThisLong, .every = 20ms},
      [&]() -> Probed<std::monostate> {
        const auto& nodes = lab.config().nodes;
        const bool all = std::all_of(nodes.begin(), nodes.end(), [&](const NodeConfig& node) {
          return lab.agents()[node.name].status().answering;
        });
        if (all) return std::monostate{};
        return NotYet{"some are silent"};
      });
}

}  // namespace

LabStatus read_status(const Context& context, const std::string& name) {
  LabStatus status{.name = name, .libvirt_uri = context.state.lab(name).libvirt_uri()};
  const auto trace = find_lab(context.state, name);
  if (!trace) {
    status.trouble = trace.error().message();
    return status;
  }
  status.runs = trace.value().runs;
  status.leftovers = trace.value().leftovers;
  if (!status.runs) return status;
  status.supervisor_pid = trace.value().record->supervisor.pid;
  auto attached = Lab::attach(context.state, name);
  if (!attached) {
    status.trouble = attached.error().message();
    return status;
  }
  Lab& lab = *attached.value();
  wait_for_agents(lab);
  for (const NodeConfig& node : lab.config().nodes) {
    NodeStatus one{.node = node.name, .power = power_of(lab, node.name)};
    one.boot = boot_of(lab, node.name, one.power);
    add_truth(lab, node, one);
    status.nodes.push_back(std::move(one));
  }
  return status;
}

std::string to_text(const std::vector<LabStatus>& labs) {
  if (labs.empty()) return "no labs; bring one up with: splitsite lab up\n";
  std::string text;
  for (const LabStatus& lab : labs) {
    if (!lab.runs) {
      text += fmt::format("{}: down{}{}\n", lab.name,
                          lab.leftovers ? "; it was killed, clean up with: splitsite lab down" : "",
                          lab.trouble.empty() ? "" : " (" + lab.trouble + ")");
      continue;
    }
    text += fmt::format("{}: up, supervisor {}\n", lab.name, lab.supervisor_pid);
    if (!lab.trouble.empty()) text += "  " + lab.trouble + "\n";
    for (const NodeStatus& node : lab.nodes) {
      text += fmt::format("  {:<12} {:<8} {}\n", node.node, node.power, node.boot);
      const std::string line = host_line(node);
      if (!line.empty()) text += fmt::format("  {:<12} {:<8} {}\n", "", "", line);
    }
  }
  return text;
}

std::string to_json(const std::vector<LabStatus>& labs) {
  json all = json::array();
  for (const LabStatus& lab : labs) {
    json nodes = json::array();
    for (const NodeStatus& node : lab.nodes) {
      nodes.push_back({{"node", node.node.str()},
                       {"power", node.power},
                       {"boot", node.boot},
                       {"running", node.running},
                       {"leases", node.leases},
                       {"engine", node.engine}});
    }
    all.push_back({{"name", lab.name},
                   {"runs", lab.runs},
                   {"leftovers", lab.leftovers},
                   {"supervisor_pid", lab.supervisor_pid},
                   {"libvirt_uri", lab.libvirt_uri},
                   {"trouble", lab.trouble},
                   {"nodes", nodes}});
  }
  return all.dump(2) + "\n";
}

}  // namespace splitsite::cli
