#include "harness/cli/lab_bench.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/time/eventually.hpp"

namespace splitsite::cli {

Result<void> LabBench::meet(const std::vector<NodeId>& nodes, Duration bound,
                            std::stop_token stop) {
  const Wait wait{.what = "the agents to answer", .bound = bound, .stop = std::move(stop)};
  SPLITSITE_TRY_VOID(eventually<bool>(steady_clock(), wait, [&]() -> Probed<bool> {
    const auto silent = std::find_if(nodes.begin(), nodes.end(), [&](const NodeId& node) {
      return !lab_.agents()[node].status().answering;
    });
    if (silent == nodes.end()) return true;
    return NotYet{fmt::format("the agent of {} does not answer", *silent)};
  }));
  return success();
}

Result<void> LabBench::meet_all(std::stop_token stop, Duration bound) {
  std::vector<NodeId> all;
  for (const NodeConfig& node : lab_.config().nodes) all.push_back(node.name);
  return meet(all, bound, std::move(stop));
}

Result<void> LabBench::meet_wan(std::stop_token stop) {
  std::vector<NodeId> wan;
  for (const NodeConfig& node : lab_.config().nodes) {
    if (node.role == NodeRole::Wan) wan.push_back(node.name);
  }
  return meet(wan, std::chrono::seconds(20), std::move(stop));
}

}  // namespace splitsite::cli
