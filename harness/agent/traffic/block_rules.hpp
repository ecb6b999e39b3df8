// A blocked part of a node's traffic as packet rules. Pure.
//
// Arguments of traffic.block: {"direction": "in" | "out" | "both", "peers": ["10.77.0.12", …]
// (none: everybody), "what": "all" | "storage" | "management" | "guests", "how": "drop" | "reject",
// "device": only through this card (may be left out)}. Storage is TCP port 3260 at either end;
// management is what the node itself sends and gets besides it; guests' is what the node's bridge
// forwards for its VMs; all is all three. Seen from the node: "in" is what comes to it.
// What is dropped outward vanishes for TCP; a datagram's own sender is told EPERM by the kernel.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/adapters/netlink/packet_rule.hpp"
#include "harness/core/result.hpp"

namespace splitsite::agent {

enum class BlockedTraffic { All, Storage, Management, Guests };

struct TrafficBlock {
  bool in = true;
  bool out = true;
  std::vector<std::uint32_t> peers;  // IPv4 addresses as numbers
  BlockedTraffic what = BlockedTraffic::All;
  bool reject = false;
  std::string device;

  bool operator==(const TrafficBlock&) const = default;
};

// Invalid, naming the argument and what is allowed.
Result<TrafficBlock> traffic_block_from(const nlohmann::json& arguments);

// Tables under `name` that do it. `has_guests`: the node has a bridge for VMs.
std::vector<netlink::RuleTable> tables_of(const TrafficBlock& block, const std::string& name,
                                          bool has_guests);

}  // namespace splitsite::agent
