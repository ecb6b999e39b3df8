// The kernel's netem leaves behind the port of the link operations.
#pragma once

#include <utility>

#include "harness/adapters/netlink/netem.hpp"
#include "harness/agent/links/leaves.hpp"

namespace splitsite::agent {

class NetemLeaves final : public Leaves {
 public:
  explicit NetemLeaves(netlink::Netem netem) : netem_(std::move(netem)) {}

  Result<void> check(const Impairment& impairment) const override {
    return netlink::validate(impairment);
  }
  Result<State> read(const std::string& device) override {
    SPLITSITE_TRY(const auto leaf, netem_.read(device));
    return State{leaf.impairment, leaf.limit, leaf.dropped};
  }
  Result<void> change(const std::string& device, const Impairment& impairment) override {
    return netem_.change(device, netlink::leaf_part(impairment, impairment.cut == Cut::Drop));
  }

 private:
  netlink::Netem netem_;
};

}  // namespace splitsite::agent
