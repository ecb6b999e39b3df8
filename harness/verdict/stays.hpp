// Where something was and when: the intervals in which a VM's CPUs ran on a host, or a lease was
// held there, put together from the agents' events. A power-off ends every stay on its node.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/id.hpp"
#include "harness/observe/history.hpp"

namespace splitsite {

struct Stay {
  NodeId node;
  Window begin;
  std::optional<Window> end;  // none: it lasted to the end of the history
  std::string began_by;       // the event's reason: "booted", "migrated", …
  std::string ended_by;       // "migrated", "power off", …
};

// Ordered by begin. `vm.running` events; the agent's word, not the Manager's.
std::vector<Stay> running_stays(const Events& events, const VmId& vm);
// `lease.held` events of the lease of this name.
std::vector<Stay> lease_stays(const Events& events, const std::string& lease);

// How far two stays certainly and possibly overlap; not positive means they do not.
struct Overlap {
  Duration certain{};
  Duration possible{};
};
Overlap overlap(const Stay& first, const Stay& second);

// The first event that satisfies `matches` and certainly began at or after `from`, or null.
const Event* first_after(const Events& events, Duration from,
                         const std::function<bool(const Event&)>& matches);
const Event* find_kind(const Events& events, const std::string& kind);
// The first change of a fault that a node lifted by itself, for want of a renewal, between the two.
const Event* lifted_between(const Events& events, const Window& from, const Window& to);

std::string describe(const Stay& stay);      // "host-a1 from 12.1 s to 130.0 s (power off)"
std::string format_offset(Duration offset);  // "+12.402 s"

}  // namespace splitsite
