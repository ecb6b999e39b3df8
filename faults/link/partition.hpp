// Fault "partition": some nodes and some others no longer hear each other, whatever site they are
// in. Each of the first set blocks the addresses of the second by itself; everybody else is heard.
#pragma once

#include <string>
#include <vector>

#include "faults/link/connections.hpp"
#include "harness/fault/catalogue.hpp"

namespace splitsite {

class Partition final : public Fault {
 public:
  // The two sets have no node in common; the wan node is in neither.
  // FromTo: only what `from` sends to `nodes` is stopped.
  enum class Direction { Both, FromTo };
  Partition(std::vector<NodeId> nodes, std::vector<NodeId> from, Cut how = Cut::Drop,
            Direction direction = Direction::Both);

  std::string name() const override { return "partition"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  // Every pair, on every network both are on.
  std::vector<Way> ways(const LabConfig& config) const;
  // So few of them that each node is in one: those whose connections are judged.
  std::vector<Way> sample() const;
  // What a packet along one of ways() meets, and one that comes back.
  Cut there() const { return direction_ == Direction::Both ? how_ : Cut::None; }
  Result<std::string> datagrams(const Bench& bench, const Way& way) const;
  Result<std::string> control(const Bench& bench) const;

  std::vector<NodeId> nodes_;
  std::vector<NodeId> from_;
  Cut how_;
  Direction direction_;
  std::vector<OpenFlow> flows_;  // along sample(), opened before the fault
};

CatalogueEntry partition_entry();

}  // namespace splitsite
