#include "harness/agent/traffic/block_rules.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

#include "harness/agent/arguments.hpp"

namespace splitsite::agent {
namespace {

using netlink::Family;
using netlink::Hook;
using netlink::PacketRule;
using netlink::RuleChain;
using netlink::RuleTable;
using netlink::Verdict;

constexpr std::uint16_t storage_port = 3260;
constexpr const char* guest_devices = "vnet*";

Error invalid(const char* argument, const std::string& given, const char* allowed) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "block traffic by the argument",
               .subject = argument,
               .why = given + " is not allowed",
               .hint = std::string("allowed: ") + allowed};
}

// The place of `given` in `words`.
template <std::size_t N>
Result<std::size_t> choice(const char* argument, const std::string& given,
                           const std::array<const char*, N>& words, const char* allowed) {
  for (std::size_t i = 0; i < N; ++i) {
    if (given == words.at(i)) return i;
  }
  return invalid(argument, "\"" + given + "\"", allowed);
}

Result<std::vector<std::uint32_t>> peers_in(const nlohmann::json& arguments) {
  constexpr const char* allowed = "a list of IPv4 addresses, or an empty one for everybody";
  const auto given = arguments.value("peers", nlohmann::json::array());
  if (!given.is_array()) return invalid("peers", given.dump(), allowed);
  std::vector<std::uint32_t> peers;
  for (const auto& peer : given) {
    in_addr address{};
    if (!peer.is_string() || ::inet_pton(AF_INET, peer.get<std::string>().c_str(), &address) != 1) {
      return invalid("peers", peer.dump(), allowed);
    }
    peers.push_back(ntohl(address.s_addr));
  }
  return peers;
}

// `match` once for every peer at the far end.
std::vector<PacketRule> with_peers(const TrafficBlock& block, bool inward, PacketRule match) {
  if (block.peers.empty()) return {match};
  std::vector<PacketRule> matches;
  for (const std::uint32_t peer : block.peers) {
    (inward ? match.source : match.destination) = peer;
    matches.push_back(match);
  }
  return matches;
}

// Storage traffic has its port at one end or the other: the node is initiator or target.
std::vector<PacketRule> with_storage_port(const PacketRule& match) {
  PacketRule to = match;
  PacketRule from = match;
  to.destination_port = storage_port;
  from.source_port = storage_port;
  return {to, from};
}

void stop(const TrafficBlock& block, PacketRule match, std::vector<PacketRule>& rules) {
  if (block.reject) {
    for (auto& rule : netlink::refusal_of(std::move(match))) rules.push_back(std::move(rule));
    return;
  }
  match.verdict = Verdict::Drop;
  rules.push_back(std::move(match));
}

// What the node itself gets or sends.
RuleChain own_chain(const TrafficBlock& block, bool inward) {
  RuleChain chain{.hook = inward ? Hook::Input : Hook::Output, .rules = {}};
  const auto device = [&](const std::string& name) {
    PacketRule rule;
    (inward ? rule.in_device : rule.out_device) = name;
    return rule;
  };
  chain.rules.push_back(device("lo"));  // its own affairs, also to its own addresses
  if (block.what == BlockedTraffic::Management) {
    for (const PacketRule& rule : with_storage_port(device(""))) chain.rules.push_back(rule);
  }
  for (const PacketRule& match : with_peers(block, inward, device(block.device))) {
    if (block.what != BlockedTraffic::Storage) {
      stop(block, match, chain.rules);
      continue;
    }
    for (const PacketRule& by_port : with_storage_port(match)) stop(block, by_port, chain.rules);
  }
  return chain;
}

// What the bridge forwards: from its guests by where it comes in, to them by not being for the
// node. Both at the one place where a bridge can answer.
RuleChain guest_chain(const TrafficBlock& block) {
  const std::string from = block.device.empty() ? guest_devices : block.device;
  RuleChain chain{.hook = Hook::Prerouting, .rules = {}};
  if (block.out) {
    for (const auto& match : with_peers(block, false, PacketRule{.in_device = from})) {
      stop(block, match, chain.rules);
    }
  }
  if (block.in) {
    // Guests' own frames are for others too, and not meant here.
    chain.rules.push_back(PacketRule{.in_device = guest_devices});
    for (const auto& match : with_peers(block, true, PacketRule{.for_others = true})) {
      stop(block, match, chain.rules);
    }
  }
  return chain;
}

}  // namespace

Result<TrafficBlock> traffic_block_from(const nlohmann::json& given) {
  Arguments arguments("traffic.block", given);
  TrafficBlock block;
  SPLITSITE_TRY(const auto direction, arguments.text("direction"));
  SPLITSITE_TRY(const auto ways,
                choice("direction", direction, std::array{"in", "out", "both"}, "in, out, both"));
  block.in = ways != 1;
  block.out = ways != 0;
  SPLITSITE_TRY(const auto what, arguments.text("what"));
  SPLITSITE_TRY(const auto which,
                choice("what", what, std::array{"all", "storage", "management", "guests"},
                       "all, storage, management, guests"));
  block.what = static_cast<BlockedTraffic>(which);
  SPLITSITE_TRY(const auto how, arguments.text("how"));
  SPLITSITE_TRY(const auto rejects,
                choice("how", how, std::array{"drop", "reject"}, "drop, reject"));
  block.reject = rejects == 1;
  if (arguments.has("device")) {
    SPLITSITE_TRY(block.device, arguments.text("device"));
  }
  SPLITSITE_TRY(block.peers, peers_in(given));
  for (const auto& [name, value] : given.items()) {
    constexpr std::array known{"direction", "what", "how", "device", "peers"};
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return invalid(name.c_str(), value.dump(), "direction, what, how, device, peers");
    }
  }
  return block;
}

std::vector<RuleTable> tables_of(const TrafficBlock& block, const std::string& name,
                                 bool has_guests) {
  std::vector<RuleTable> tables;
  if (block.what != BlockedTraffic::Guests) {
    RuleTable own{.family = Family::Inet, .name = name, .chains = {}};
    if (block.in) own.chains.push_back(own_chain(block, true));
    if (block.out) own.chains.push_back(own_chain(block, false));
    tables.push_back(std::move(own));
  }
  const bool guests = block.what == BlockedTraffic::Guests || block.what == BlockedTraffic::All;
  if (guests && has_guests) {
    tables.push_back({.family = Family::Bridge, .name = name, .chains = {guest_chain(block)}});
  }
  return tables;
}

}  // namespace splitsite::agent
