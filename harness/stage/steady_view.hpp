// What a lab still lacks to its steady state, each time the first thing missing as half a sentence
// ("host-a1 is connecting"); nothing when it is all there. Pure: of the deployment, the Manager's
// picture and what the nodes say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/lab/description/lab_config.hpp"
#include "harness/stage/cluster_watch.hpp"
#include "harness/stage/ground.hpp"

namespace splitsite {

struct SteadyView {
  const LabConfig& config;
  const ClusterPicture& picture;
  const Ground& ground;
  Duration now;  // offset from the start of the run
};

using Missing = std::optional<std::string>;

// Every host of the site up, and long enough in the lockspace for the Manager to know.
Missing missing_hosts(const SteadyView& view, const SiteId& site);
// A data center that is up, and an SPM; one in that site.
Missing missing_spm(const SteadyView& view);
Missing missing_spm_in(const SteadyView& view, const SiteId& site);
// The self-hosted engine, up in its home site. Only for a deployment that has one.
Missing missing_engine(const SteadyView& view);
// Every VM up, on one host of its home site, and writing.
Missing missing_vms(const SteadyView& view);
// Hosts, SPM and VMs, the SPM lease held in the primary site, and every replica in sync. Not the
// engine's place: nobody but the way to the steady state brings it home.
Missing missing_to_steady(const SteadyView& view);

// The hosts of its home site that can run the self-hosted engine, in the deployment's order.
std::vector<NodeId> engine_hosts_at_home(const LabConfig& config);

}  // namespace splitsite
