#include "faults/host/node_fault.hpp"

#include "faults/host/beside.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {

ParameterSpec node_parameter() { return {"node", "node", "which node", "", "a node of the lab"}; }

Result<Plan> NodeFault::plan(const LabConfig&) const {
  return Plan{
      InNode{.node = node_, .kind = kind_, .arguments = arguments(), .resource = resource_}};
}

Result<void> NodeFault::measure_before(const Bench& bench) {
  SPLITSITE_TRY(control_, node_beside(bench.config, node_));
  return measure(bench);
}

Result<nlohmann::json> NodeFault::observe(const Bench& bench, const NodeId& node,
                                          const nlohmann::json& arguments) const {
  return bench.nodes.observe(node, kind_, arguments);
}

Result<std::string> prove_within(const Bench& bench, Duration within, const std::string& claim,
                                 const std::function<Result<std::string>()>& check) {
  const Wait wait{.what = "that " + claim,
                  .bound = within,
                  .every = std::chrono::milliseconds(250),
                  .stop = bench.stop};
  auto seen = eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    auto checked = check();
    if (checked) return std::move(checked.value());
    return NotYet{checked.error().message()};
  });
  if (seen || seen.error().kind != ErrorKind::TimedOut) return seen;
  return not_proven(claim, seen.error().why);
}

}  // namespace splitsite
