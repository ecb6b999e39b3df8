// How many hours of an idle cluster the simulation lives through in a minute of this machine: the
// real decision core, polled every three seconds by eight simulated hosts with forty running VMs.
#include <cstdlib>

#include "topologies/reference/manager/benchmark/large_lab.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

constexpr double kHoursAMinute = 1000;

int run(std::chrono::hours simulated) {
  SimulatedCluster cluster(large_lab(), {});
  if (!cluster.settle()) {
    std::fputs("the cluster did not settle\n", stderr);
    return EXIT_FAILURE;
  }
  const Instant begin = steady_clock().now();
  cluster.run_for(simulated);
  const std::chrono::duration<double, std::ratio<60>> took = steady_clock().now() - begin;
  const double hours = static_cast<double>(simulated.count()) / took.count();
  return report({.name = "virtual time, idle cluster of 8 hosts and 40 VMs",
                 .figure = hours,
                 .bar = kHoursAMinute,
                 .unit = "simulated hours a minute",
                 .at_least = true})
             ? EXIT_SUCCESS
             : EXIT_FAILURE;
}

}  // namespace
}  // namespace splitsite::reference

int main(int argc, char** argv) {
  const int hours = argc > 1 ? std::atoi(argv[1]) : 500;
  return splitsite::reference::run(std::chrono::hours(hours));
}
