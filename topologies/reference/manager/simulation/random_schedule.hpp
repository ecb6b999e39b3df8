// A random story of disturbances and commands, told to a simulated cluster while somebody looks at
// every moment of it. The seed is the whole story.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {

struct StoryKind {
  bool unsafe = false;     // the Manager forgets the lease when it restarts Unknown VMs
  bool user_stops = true;  // users stop VMs, so that they are Down for good
  bool fences = false;     // hosts have power management, whose controllers fail as well
  // Done to the cluster when it is made, and again after each disturbance.
  std::function<void(SimulatedCluster&)> prepare;
  std::function<void(SimulatedCluster&)> also;
};

class RandomSchedule {
 public:
  RandomSchedule(std::uint64_t seed, const StoryKind& kind);

  // What was violated first, or nothing: a VM that ran twice, two holders of the SPM lease.
  std::string run();
  // Afterwards: gives everything its power, links and storage back and takes hosts out of
  // maintenance, and lets `time` pass. What is still wrong then, or nothing.
  std::string heal_and_wait(Duration time);

  const SimulatedCluster& cluster() const { return cluster_; }

 private:
  SimulatedHost& any_host();
  VmId any_vm();
  void whole_site(const std::function<void(SimulatedHost&)>& action);
  void ask_something();
  void disturb();
  void disturb_fencing();
  void look();
  std::string still_wrong() const;

  std::mt19937_64 random_;
  const StoryKind kind_;
  SimulatedCluster cluster_;
  std::string violation_;
};

}  // namespace splitsite::reference
