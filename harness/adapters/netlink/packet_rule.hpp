// Rules for packets as values: what is matched, what is done. Compared, printed in nftables' own
// words, and turned into messages elsewhere. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace splitsite::netlink {

// Where a table's rules look: at all IP packets of this node, or at the frames its bridges forward.
enum class Family { Inet, Bridge };
enum class Hook { Prerouting, Input, Output, Postrouting };

// Reset answers a TCP segment by a reset, Prohibit any IP packet by ICMP or ICMPv6
// "administratively prohibited". In the Bridge family both work at Prerouting and Input only. GoTo
// leaves the decision to a chain without a hook.
enum class Verdict { Accept, Drop, Reset, Prohibit, GoTo };

// All that is given must hold. Nothing given: every packet.
struct PacketRule {
  std::string in_device;                // "eth0", or "vnet*" for all that begin so
  std::string out_device;               // the same
  bool for_others = false;              // a frame to somebody else's hardware address
  bool ipv4 = false;                    // implied by an address
  bool ipv6 = false;                    // implied by is_signal6
  std::optional<std::uint32_t> source;  // IPv4 address as a number: 10.0.0.1 is 0x0a000001
  std::optional<std::uint32_t> destination;
  std::optional<std::uint8_t> protocol;      // of layer 4; implied by a port
  std::optional<std::uint16_t> source_port;  // TCP
  std::optional<std::uint16_t> destination_port;
  bool is_reset = false;       // TCP with the reset flag
  bool is_prohibited = false;  // ICMP "administratively prohibited"
  bool is_signal6 = false;     // ICMPv6 other than echoes: errors, and who the neighbours are
  int longer_than = 0;         // bytes of the IP packet
  Verdict verdict = Verdict::Accept;
  std::string chain;  // GoTo's, of the same table

  bool operator==(const PacketRule&) const = default;
};

// "iifname "s.b.a" meta length > 1400 drop"
std::string describe(const PacketRule& rule);

struct RuleChain {
  Hook hook = Hook::Prerouting;
  std::vector<PacketRule> rules;  // the first that matches decides

  bool operator==(const RuleChain&) const = default;
};

// Asked only where a rule goes to it.
struct NamedChain {
  std::string name;
  std::vector<PacketRule> rules;

  bool operator==(const NamedChain&) const = default;
};

struct RuleTable {
  Family family = Family::Inet;
  std::string name;
  std::vector<RuleChain> chains;  // each hook once
  std::vector<NamedChain> named;

  bool operator==(const RuleTable&) const = default;
};

const char* name_of(Family family);  // "inet"
const char* name_of(Hook hook);      // "prerouting", also the name of the chain

// What refuses the packets that `match` matches and answers their sender: TCP by a reset, other IP
// by ICMP or ICMPv6. Answers of that kind themselves pass, so that those of another refusal get
// home. What finds neighbours (ARP, ICMPv6's own) passes too: the other side is there, it refuses
// to talk.
std::vector<PacketRule> refusal_of(PacketRule match);

}  // namespace splitsite::netlink
