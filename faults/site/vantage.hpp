// From where a fault's effect is measured, and what must not be affected by it: an observer outside
// the faulty site and a control target that shares no broken part with it.
#pragma once

#include <string>

#include "harness/fault/fault.hpp"

namespace splitsite {

struct Vantage {
  NodeId observer;  // a node of the third site
  NodeId control;   // a host of a site that is not affected
};

// For a fault of one whole site. Unavailable if the lab has no third site or no other site.
Result<Vantage> find_vantage(const LabConfig& config, const SiteId& faulty);

// Three echoes, 100 ms apart, 400 ms for each answer.
Result<PingResult> ping_node(const Bench& bench, const NodeId& from, const NodeId& to);

// The control's answer in words; an error if it does not answer, because then the proof is void.
Result<std::string> unaffected_control(const Bench& bench, const Vantage& vantage);

std::string sites_with_hosts(const LabConfig& config);  // "a, b"

}  // namespace splitsite
