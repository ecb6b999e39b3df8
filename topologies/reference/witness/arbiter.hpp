// Who may write alone. The witness's whole decision as a pure function of its state: first to ask
// wins, the holder asked again is granted again, everybody else is refused until a release.
//
// Why every grant counts as a change of generation: a release is decided by looking at DRBD and
// sent afterwards. If the replicas part in between, the holder's handler is granted again, and
// that late release, which carries the generation from before, must not free the lock.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/result.hpp"
#include "topologies/reference/witness/protocol.hpp"

namespace splitsite::reference {

struct Lock {
  std::optional<std::string> holder;
  std::uint64_t generation = 1;
};

// One answer to a fence or release, kept so that whoever reads the state learns of all of them.
struct Decision {
  std::uint64_t number = 0;  // 1, 2, …, never used twice
  WitnessOp op = WitnessOp::Fence;
  std::string resource;
  std::string node;
  std::string peer;
  bool granted = false;
  std::uint64_t generation = 0;   // after the decision
  std::chrono::nanoseconds at{};  // CLOCK_BOOTTIME of the witness
};

struct WitnessState {
  static constexpr std::size_t decisions_kept = 200;
  std::map<std::string, Lock> locks;  // by resource
  std::vector<Decision> decisions;    // the latest, oldest first
  std::uint64_t decisions_made = 0;
};

struct Ruling {
  WitnessState state;  // afterwards
  WitnessReply reply;
};

Ruling decide(const WitnessState& before, const WitnessRequest& request,
              std::chrono::nanoseconds now);

std::string to_json(const WitnessState& state);
Result<WitnessState> state_from_json(const std::string& text);

}  // namespace splitsite::reference
