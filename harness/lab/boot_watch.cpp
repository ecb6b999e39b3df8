#include "harness/lab/boot_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>

namespace splitsite {
namespace {

constexpr std::streamoff kTailBytes = 16 * 1024;

// The last lines that say anything, without control codes.
std::vector<std::string> console_lines(const LabPaths& paths, const NodeId& node,
                                       std::size_t most) {
  std::ifstream file(paths.console_log(node), std::ios::binary | std::ios::ate);
  if (!file) return {};
  file.seekg(std::max<std::streamoff>(0, static_cast<std::streamoff>(file.tellg()) - kTailBytes));
  std::deque<std::string> last;
  std::string line;
  while (std::getline(file, line)) {
    std::erase_if(line, [](unsigned char c) { return c < 0x20 && c != '\t'; });
    if (line.empty()) continue;
    last.push_back(line);
    if (last.size() > most) last.pop_front();
  }
  return {last.begin(), last.end()};
}

}  // namespace

BootWatch::BootWatch(const std::vector<NodeId>& nodes, LabPaths paths) : paths_(std::move(paths)) {
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
  found->second.failure = fmt::format("its machine stopped ({}) after \"{}\"", event.reason,
                                      doing(event.node, found->second));
}

Probed<std::optional<BootFailure>> BootWatch::look() const {
  const std::lock_guard lock(mutex_);
  std::string waiting;
  for (const auto& [name, node] : nodes_) {
    if (node.failure) return std::optional<BootFailure>(BootFailure{name, *node.failure});
    if (node.ready) continue;
    waiting += fmt::format("{}{}: {}", waiting.empty() ? "" : ", ", name, doing(name, node));
  }
  if (waiting.empty()) return std::optional<BootFailure>{};
  return NotYet{waiting};
}

std::string BootWatch::doing(const NodeId& name, const Progress& node) const {
  if (!node.last_step.empty()) return node.last_step;
  const std::vector<std::string> last = console_lines(paths_, name, 1);
  if (last.empty()) {
    return std::filesystem::exists(paths_.console_log(name)) ? "no sign of life yet"
                                                             : "not powered on yet";
  }
  const std::string prefix = "splitsite: ";
  return last.front().starts_with(prefix) ? last.front().substr(prefix.size()) : "kernel starts";
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
  std::string text;
  for (const std::string& line : console_lines(paths, node, lines)) text += "  | " + line + "\n";
  return text.empty() ? "  (its console said nothing)\n" : text;
}

}  // namespace splitsite
