// What the faults of one disk share: which disk, by the parameters "node" and "vm", the control
// beside it, and the proof that it serves again. The disk is a layer of the device mapper: on a
// host the LUN as that host uses it, or one VM's volume on it; on a storage node the disk under the
// replica.
#pragma once

#include <string>
#include <vector>

#include "faults/storage/disk.hpp"
#include "harness/fault/parameters.hpp"

namespace splitsite {

struct DiskTarget {
  Disk disk;
  Disk control;        // the same on another node; for a volume, the LUN it lies on
  std::string device;  // the device mapper's name: "splitsite-lun"
  bool under_replica = false;
};

// "node" and "vm" before the fault's own.
std::vector<ParameterSpec> with_disk_parameters(std::vector<ParameterSpec> own);
Result<DiskTarget> read_disk_target(const ParameterReader& reader);

class DiskFault : public Fault {
 public:
  explicit DiskFault(DiskTarget target) : target_(std::move(target)) {}

  nlohmann::json parameters() const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 protected:
  const DiskTarget& target() const { return target_; }
  // The step that changes the disk; no two faults may be on it.
  Step change(const std::string& kind, nlohmann::json arguments) const;
  // The control serves: a sentence for the proof.
  Result<std::string> control(const Bench& bench) const;
  // Something of the fault's own to be checked when the disk serves again, and told in a sentence;
  // `doubt` is the proof's.
  virtual Result<std::string> also_healed(const Bench&, std::string& /*doubt*/) const {
    return std::string();
  }

 private:
  Result<std::string> plain_again(const Bench& bench) const;

  DiskTarget target_;
};

}  // namespace splitsite
