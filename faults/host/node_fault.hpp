// What all faults share that change something inside a node which lives on: its state is observed
// by its agent, before and after, beside the same of a node like it that must not change.
#pragma once

#include <string>

#include "harness/fault/catalogue.hpp"
#include "harness/fault/fault.hpp"

namespace splitsite {

class NodeFault : public Fault {
 public:
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) final;

 protected:
  // `resource`: what of the node no other fault may own meanwhile: "clock".
  NodeFault(NodeId node, std::string kind, std::string resource)
      : node_(std::move(node)), kind_(std::move(kind)), resource_(std::move(resource)) {}

  virtual nlohmann::json arguments() const = 0;          // of the change
  virtual Result<void> measure(const Bench& bench) = 0;  // after control() is known

  const NodeId& node() const { return node_; }
  const NodeId& control() const { return control_; }
  Result<nlohmann::json> observe(const Bench& bench, const NodeId& node,
                                 const nlohmann::json& arguments) const;

 private:
  NodeId node_;
  std::string kind_;
  std::string resource_;
  NodeId control_;
};

// Of a catalogue entry: "node", which must be given.
ParameterSpec node_parameter();

// Looks until `check` proves its claim, at most for `within`; then not proven, by what it said
// last.
Result<std::string> prove_within(const Bench& bench, Duration within, const std::string& claim,
                                 const std::function<Result<std::string>()>& check);

}  // namespace splitsite
