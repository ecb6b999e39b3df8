// Fault "host-panic": a host's kernel panics, and either reboots a second later or hangs.
#pragma once

#include "faults/host/host_down.hpp"

namespace splitsite {

enum class AfterPanic { Reboot, Hang };

class HostPanic final : public HostDown {
 public:
  HostPanic(NodeId host, AfterPanic then) : HostDown(std::move(host)), then_(then) {}

  std::string name() const override { return "host-panic"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Plan> plan(const LabConfig& config) const override;
  Result<Proof> prove(const Bench& bench) const override;

 private:
  const char* word() const { return then_ == AfterPanic::Hang ? "hang" : "reboot"; }

  AfterPanic then_;
};

CatalogueEntry host_panic_entry();

}  // namespace splitsite
