#include "harness/lab/boot_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <fstream>

namespace splitsite {

BootWatch::BootWatch(const std::vector<NodeId>& nodes) {
  for (const NodeId& node : nodes) nodes_[node];
}

void BootWatch::on_agent_event(const AgentEvent& event) {
  const std::lock_guard lock(mutex_);
  const auto found = nodes_.find(event.node);
  if (found == nodes_.end()) return;
  Progress& node = found->second;
  if (event.kind == "agent.start") {
    node = Progress{.last_step = "its agent runs"};
    return;
  }
  if (event.kind != "step") return;
  node.last_step = event.fields.value("text", "");
  node.ready = node.last_step == "ready";
  if (node.last_step.starts_with("FAILED")) node.failure = node.last_step;
}

void BootWatch::on_lifecycle(const libvirt::LifecycleEvent& event) {
  if (event.kind != libvirt::LifecycleEvent::Kind::Stopped) return;
  const std::lock_guard lock(mutex_);
  const auto found = nodes_.find(event.node);
  if (found == nodes_.end()) return;
  found->second.failure =
      fmt::format("its machine stopped ({}) after \"{}\"", event.reason, found->second.last_step);
}

Probed<std::optional<BootFailure>> BootWatch::look() const {
  const std::lock_guard lock(mutex_);
  std::string waiting;
  for (const auto& [name, node] : nodes_) {
    if (node.failure) return std::optional<BootFailure>(BootFailure{name, *node.failure});
    if (!node.ready)
      waiting += fmt::format("{}{}: {}", waiting.empty() ? "" : ", ", name, node.last_step);
  }
  if (waiting.empty()) return std::optional<BootFailure>{};
  return NotYet{waiting};
}

std::size_t BootWatch::ready() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(
      nodes_.begin(), nodes_.end(), [](const auto& entry) { return entry.second.ready; }));
}

std::vector<NodeId> BootWatch::not_ready() const {
  const std::lock_guard lock(mutex_);
  std::vector<NodeId> names;
  for (const auto& [name, node] : nodes_) {
    if (!node.ready) names.push_back(name);
  }
  return names;
}

std::string console_tail(const LabPaths& paths, const NodeId& node, std::size_t lines) {
  std::ifstream file(paths.console_log(node));
  std::deque<std::string> last;
  std::string line;
  while (std::getline(file, line)) {
    std::erase_if(line, [](unsigned char c) { return c < 0x20 && c != '\t'; });
    if (line.empty()) continue;
    last.push_back(line);
    if (last.size() > lines) last.pop_front();
  }
  if (last.empty()) return "  (its console said nothing)\n";
  std::string text;
  for (const std::string& one : last) text += "  | " + one + "\n";
  return text;
}

}  // namespace splitsite
