// traffic.block: a part of this node's traffic vanishes or is refused (arguments: block_rules.hpp).
// Observes → {in_force, packets}: whether exactly these rules are in the kernel now, by whomever,
// and how many packets they have stopped.
// nic.down: {"device": "eth1"}, a network card without a link, as when its cable is pulled.
// Observes → {device, up, carrier}. Static routes through the card go with it and do not come back;
// the lab's nodes have none.
#pragma once

#include "harness/agent/changes/change_book.hpp"

namespace splitsite::agent {

// `has_guests`: this node has a bridge for VMs.
void add_traffic_changes(ChangeBook& book, bool has_guests);

}  // namespace splitsite::agent
