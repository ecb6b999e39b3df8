// Which guests are heard from a node, by ping: what a client of theirs would see.
#pragma once

#include <string>
#include <vector>

#include "harness/fault/fault.hpp"

namespace splitsite {

struct GuestsHeard {
  std::vector<VmId> heard;
  std::vector<VmId> silent;
};

// Three echoes each; one answer is enough to be heard.
Result<GuestsHeard> listen_to(const Bench& bench, const NodeId& observer,
                              const std::vector<VmId>& guests);
// Each of them, within half a minute: a sentence for a proof.
Result<std::string> all_heard(const Bench& bench, const NodeId& observer,
                              const std::vector<VmId>& guests);

// The lab's VMs whose process this host has, by what its agent sees.
Result<std::vector<VmId>> guests_on(const Bench& bench, const NodeId& host);

std::string describe(const GuestsHeard& guests);  // "vm-1, vm-2 silent, vm-3 heard"

}  // namespace splitsite
