// An impairment as the attributes of a netem leaf and back. libnl sends only some of them (no rate,
// no bursts, no 64-bit times), so each is written and read here.
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "harness/adapters/netlink/netem.hpp"

namespace splitsite::netlink {

// Room a message needs for put_options, in bytes: a delay table is most of it where there is one.
std::size_t options_room(const Impairment& impairment);

// Every attribute, also the ones at zero: netem keeps what a change does not mention. False if the
// message is too small.
bool put_options(nl_msg* message, const Impairment& impairment);

// What the kernel says a leaf does.
NetemLeaf leaf_from(const nlattr* options);

}  // namespace splitsite::netlink
