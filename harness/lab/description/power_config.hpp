// Power management of a lab: the controllers that switch the hosts' power from outside, and when
// the Manager may use them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/id.hpp"

namespace splitsite {

// A cluster's fencing policy under oVirt's names and defaults (fact sheet 3.2).
struct FencingPolicyConfig {
  bool enabled = true;
  bool skip_if_sd_active = false;
  bool skip_if_connectivity_broken = false;
  int connectivity_threshold = 50;  // percent of the cluster's hosts
};

// A site's out-of-band controller (a BMC). It switches the hosts of its own site only, is on that
// site's network, and lives from that site's power.
struct PowerControllerConfig {
  SiteId site;
  std::string address;  // "10.77.0.10/24"
};

struct PowerConfig {
  std::vector<PowerControllerConfig> controllers;  // none when no host has power management
  std::uint16_t port = 7300;                       // TCP
  std::string username = "splitsite";
  std::string password = "power";  // no secret: the lab's network is its own

  // Address of the site's controller without the prefix length; empty when it has none.
  std::string address_in(const SiteId& site) const;
};

}  // namespace splitsite
