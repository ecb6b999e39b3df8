// Fault "lun-io-error": every request, or every write, to a disk fails at once, as when an array
// reports a medium error. Healed by the table that was there before; a replica that has dropped its
// disk because of the errors is attached and resynchronised.
#pragma once

#include "faults/storage/disk_fault.hpp"
#include "harness/fault/catalogue.hpp"

namespace splitsite {

class LunIoError final : public DiskFault {
 public:
  // A storage node's disk can only fail all over: reads are what proves it there.
  LunIoError(DiskTarget target, bool only_writes);

  std::string name() const override { return "lun-io-error"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Plan> plan(const LabConfig& config) const override;
  Result<Proof> prove(const Bench& bench) const override;

 private:
  bool only_writes_;
};

CatalogueEntry lun_io_error_entry();

}  // namespace splitsite
