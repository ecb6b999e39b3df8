// What an administrator sets for the cluster as a whole (fact 7.6). Defaults are oVirt's
// (ovirt-engine packaging/dbscripts/create_tables.sql).
#pragma once

#include "harness/lab/description/lab_config.hpp"

namespace splitsite::reference {

// fencing_policy (fact 3.2).
struct FencingPolicy {
  bool enabled = true;
  bool skip_if_sd_active = false;
  bool skip_if_connectivity_broken = false;
  int connectivity_threshold = 50;  // percent of the cluster's hosts
};

struct ClusterPolicy {
  OnHostError on_error = OnHostError::Migrate;  // error_handling/on_error (fact 3.3)
  FencingPolicy fencing;
};

}  // namespace splitsite::reference
