// Which process of which node a fault is about, how it is seen there, and what else in the node
// must go on untouched while it is broken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/fault/catalogue.hpp"
#include "harness/fault/fault.hpp"

namespace splitsite {

struct ProcessTarget {
  NodeId node;
  std::string process;  // "libvirtd", "vm:vm-a1": the agent's names

  bool is_vm() const { return process.starts_with("vm:"); }
  // Without it the host's watchdog fires, sooner or later. Nobody brings it back by itself.
  bool guards_host() const { return process == "sanlock" || process == "wdmd"; }
  std::string describe() const { return process + " on " + node.str(); }
  // What no other fault may own at the same time.
  std::string resource() const { return "process " + process; }
};

// The two parameters both faults have, and their reader. Invalid names the parameter.
std::vector<ParameterSpec> target_parameters();
Result<ProcessTarget> read_target(const ParameterReader& reader);

// A process as the node's kernel has it; the ticks and the boot tell it from a later one that got
// its number.
struct ProcessSeen {
  bool running = false;
  bool held = false;  // held down by a fault
  int pid = 0;
  char state = '?';  // as in /proc: S, R, D; T is stopped
  std::uint64_t started_ticks = 0;
  std::uint64_t cpu_ticks = 0;
  std::string boot_id;

  bool stopped() const { return running && (state == 'T' || state == 't'); }
  bool same_process(const ProcessSeen& other) const {
    return running && other.running && pid == other.pid && started_ticks == other.started_ticks &&
           boot_id == other.boot_id;
  }
  std::string describe() const;  // "pid 312, sleeping"
};

Result<ProcessSeen> see(const Bench& bench, const ProcessTarget& target);

// What must be the same during the fault as before: another daemon of the node, and the node's
// answer to the network.
class Untouched {
 public:
  // Before the fault. Unavailable if the lab is not as a healthy one must be.
  static Result<Untouched> choose(const Bench& bench, const ProcessTarget& target);
  // In words for the proof; an error if it was touched, because then the proof is void.
  Result<std::string> still(const Bench& bench) const;

 private:
  NodeId node_;
  NodeId observer_;
  std::optional<ProcessTarget> daemon_;  // nothing: the node has no other one
  ProcessSeen before_;
};

}  // namespace splitsite
