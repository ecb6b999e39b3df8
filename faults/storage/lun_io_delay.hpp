// Fault "lun-io-delay": a disk answers, but late: every read, every write, or both, are passed on
// after a fixed time. Proven by the quickest of some requests, which load cannot make quicker.
#pragma once

#include "faults/storage/disk_fault.hpp"
#include "harness/fault/catalogue.hpp"

namespace splitsite {

class LunIoDelay final : public DiskFault {
 public:
  enum class Which { All, Reads, Writes };

  LunIoDelay(DiskTarget target, Which which, Duration added);

  std::string name() const override { return "lun-io-delay"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;

 protected:
  Result<std::string> also_healed(const Bench& bench, std::string& doubt) const override;

 private:
  Result<std::string> takes(const Bench& bench, const Disk& disk, Duration least,
                            Duration most) const;

  Which which_;
  Duration added_;
  Duration before_{};
  Duration control_before_{};
};

CatalogueEntry lun_io_delay_entry();

}  // namespace splitsite
