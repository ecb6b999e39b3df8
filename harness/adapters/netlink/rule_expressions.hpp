// One rule's matches and verdict as nf_tables expressions.
#pragma once

#include <netlink/msg.h>

#include "harness/adapters/netlink/packet_rule.hpp"

namespace splitsite::netlink {

// Appends NFTA_RULE_EXPRESSIONS. False if the message is too small.
bool put_expressions(nl_msg* message, const PacketRule& rule);

}  // namespace splitsite::netlink
