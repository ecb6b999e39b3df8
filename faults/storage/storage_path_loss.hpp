// Fault "storage-path-loss": hosts lose one path to the LUN, or all, while the storage nodes and
// the rest of the network live. Healed when the sessions are logged in again and both the disks of
// the paths and their multipath device use them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/fault/catalogue.hpp"

namespace splitsite {

class StoragePathLoss final : public Fault {
 public:
  struct Portal {
    NodeId node;
    std::string address;
  };
  struct Loss {
    std::vector<NodeId> hosts;
    std::vector<Portal> lost;
    std::vector<Portal> kept;  // the control, on the same hosts; may be empty
    NodeId unaffected;         // a host beside them, the control where no path is kept
    bool reject = false;
  };

  explicit StoragePathLoss(Loss loss) : loss_(std::move(loss)) {}

  std::string name() const override { return "storage-path-loss"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  Result<std::string> control(const Bench& bench) const;

  Loss loss_;
  // The disk of each path while it was whole: of a session that is down the kernel may not tell.
  std::map<std::pair<NodeId, std::string>, std::string> disks_;
};

CatalogueEntry storage_path_loss_entry();

}  // namespace splitsite
