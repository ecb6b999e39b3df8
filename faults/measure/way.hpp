// Who measures what: a way is what packets of one node take to another. Proofs speak of the way a
// fault is on and of a control way that must not be affected.
#pragma once

#include <optional>
#include <string>

#include "harness/fault/fault.hpp"

namespace splitsite {

struct Way {
  NodeId from;
  NodeId to;
  Network network = Network::Site;

  bool operator==(const Way&) const = default;
};

Way turned(const Way& way);
std::string describe(const Way& way);  // "sto-a to sto-b over replication"

// The IPv4 address the far end is reached by. Invalid: no such node, or it is not on the network.
Result<std::string> address_of_far_end(const LabConfig& config, const Way& way);

// The direction of a link that the way crosses; nothing within a site.
std::optional<LinkDirection> link_on(const LabConfig& config, const Way& way);

struct Ends {
  Way crossing;  // over the link, in the asked direction
  Way control;   // does not touch it, and starts at the same node where one can
};
// Hosts rather than others; for a replication link the storage nodes, with the site network between
// the two as control. Unavailable if the lab has no two such nodes.
Result<Ends> ends_of(const LabConfig& config, const LinkDirection& direction);

// For a fault of one node: to it from the witness, or from a host if it is the witness; the control
// goes from there to another node of the faulty one's site, or to a host elsewhere if it is alone
// there. Unavailable if the lab has no such nodes.
Result<Ends> ends_to(const LabConfig& config, const NodeId& faulty);

}  // namespace splitsite
