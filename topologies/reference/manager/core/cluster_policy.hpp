// What an administrator sets for the cluster as a whole (fact 7.6). Defaults are oVirt's
// (ovirt-engine packaging/dbscripts/create_tables.sql).
#pragma once

namespace splitsite::reference {

// error_handling/on_error: what leaves a NonOperational host (fact 3.3).
enum class OnHostError { Migrate, DoNotMigrate, MigrateHighlyAvailable };

// fencing_policy (fact 3.2).
struct FencingPolicy {
  bool enabled = true;
  bool skip_if_sd_active = false;
  bool skip_if_connectivity_broken = false;
  int connectivity_threshold = 50;  // percent of the cluster's hosts
};

struct ClusterPolicy {
  OnHostError on_error = OnHostError::Migrate;
  FencingPolicy fencing;
};

}  // namespace splitsite::reference
