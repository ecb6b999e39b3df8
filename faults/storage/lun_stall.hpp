// Fault "lun-stall": a disk neither answers nor fails; its I/O waits and goes on where it stood
// when the stall ends. With a length given it ends by itself, to the millisecond, because what
// survives a stall of 79 s need not survive 81.
#pragma once

#include <optional>

#include "faults/storage/disk_fault.hpp"
#include "harness/fault/catalogue.hpp"

namespace splitsite {

class LunStall final : public DiskFault {
 public:
  // Without a length it lasts until healed.
  LunStall(DiskTarget target, std::optional<Duration> length);

  std::string name() const override { return "lun-stall"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Plan> plan(const LabConfig& config) const override;
  Result<Proof> prove(const Bench& bench) const override;

 protected:
  Result<std::string> also_healed(const Bench& bench, std::string& doubt) const override;

 private:
  std::optional<Duration> length_;
};

CatalogueEntry lun_stall_entry();

}  // namespace splitsite
