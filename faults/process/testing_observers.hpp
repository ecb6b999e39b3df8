// What the agents of a fake lab say of processes: each runs under a number of its own, follows the
// changes in force, and comes back under the next number. Linked by tests only.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "harness/fault/testing_bench.hpp"

namespace splitsite {

namespace fake_processes {

struct Life {
  int pid = 300;
  bool ended = false;  // killed, and not yet seen again
};
using Lives = std::map<std::pair<NodeId, std::string>, Life>;
using Changes = std::map<std::pair<NodeId, std::string>, std::pair<std::string, nlohmann::json>>;

// The arguments of the change of this kind that this process is under; null if there is none.
inline nlohmann::json change_of(FakeLab& lab, const NodeId& node, const std::string& kind,
                                const std::string& process) {
  const auto state = lab.state();
  for (const auto& [place, change] : std::get<Changes>(state)) {
    if (place.first == node && change.first == kind && change.second["process"] == process) {
      return change.second;
    }
  }
  return nullptr;
}

inline Result<nlohmann::json> observe(Lives& lives, FakeLab& lab, const NodeId& node,
                                      const nlohmann::json& arguments) {
  if (lab.state(node).value() != PowerState::On) {
    return Error{.kind = ErrorKind::Unavailable, .attempted = "ask", .subject = node.str()};
  }
  const auto process = arguments["process"].get<std::string>();
  Life& life = lives[{node, process}];
  const auto killed = change_of(lab, node, "process.kill", process);
  if (!killed.is_null() && !life.ended) ++life.pid;
  life.ended = !killed.is_null();
  const bool held = life.ended && killed.value("stays", "down") == "down";
  nlohmann::json seen{{"running", !held}, {"held", held}, {"boot_id", "1"}};
  if (held) return seen;
  const bool stopped = !change_of(lab, node, "process.stop", process).is_null();
  seen["pid"] = life.pid;
  seen["started_ticks"] = 10 * life.pid;
  seen["state"] = stopped ? "T" : "S";
  seen["cpu_ticks"] = 7;
  return seen;
}

}  // namespace fake_processes

inline void teach_processes(FakeLab& lab) {
  const auto lives = std::make_shared<fake_processes::Lives>();
  for (const char* kind : {"process.kill", "process.stop"}) {
    lab.observe_by(kind, [lives](FakeLab& asked, const NodeId& node, const nlohmann::json& what) {
      return fake_processes::observe(*lives, asked, node, what);
    });
  }
}

}  // namespace splitsite
