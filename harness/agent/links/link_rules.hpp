// What of a direction's impairment is done by packet rules, because a netem leaf cannot: answering
// a refused packet, and looking at a packet's length. Pure.
#pragma once

#include <string>
#include <vector>

#include "harness/adapters/netlink/packet_rule.hpp"
#include "harness/adapters/netlink/packet_rules.hpp"
#include "harness/core/result.hpp"
#include "harness/ports/links.hpp"

namespace splitsite::agent {

// The own table of a direction's rules.
std::string rule_table_of(const std::string& device);

// The chain of that table which refuses whatever is sent there. It is there from the beginning, so
// that rejecting a direction is one rule more and not five.
netlink::NamedChain refusing_chain();

// Rules look at what comes in at the far end of the link, because only there a bridge can answer:
// what leaves by "s.a.b" comes in by "s.b.a". No rules: nothing for them to do. Invalid if they
// are needed and `device` is not named like a link's end.
Result<std::vector<netlink::PacketRule>> rules_of(const std::string& device,
                                                  const Impairment& impairment, bool down);

// Reads a direction's rules back into the parts of `impairment` that they do.
void add_rules_seen(const std::vector<netlink::RuleSeen>& rules, Impairment& impairment);

}  // namespace splitsite::agent
