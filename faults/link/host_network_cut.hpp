// Fault "host-network-cut": one host's management, storage or guest traffic is cut, or all of it,
// while the rest of the host lives on. Each gives another failure: a host nobody manages, a host
// that loses its leases, guests nobody reaches.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "faults/link/connections.hpp"
#include "faults/link/observers.hpp"
#include "harness/fault/catalogue.hpp"

namespace splitsite {

enum class HostTraffic { Management, Storage, Guests, All };

class HostNetworkCut final : public Fault {
 public:
  HostNetworkCut(NodeId host, HostTraffic traffic, Cut how = Cut::Drop);

  std::string name() const override { return "host-network-cut"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  bool cuts(HostTraffic traffic) const {
    return traffic_ == traffic || traffic_ == HostTraffic::All;
  }
  // What the fault cuts, and what it must not: each returns the measurements as sentences.
  Result<std::string> management_cut(const Bench& bench, const Way& way) const;
  Result<std::string> storage_cut(const Bench& bench) const;
  Result<std::string> open_sessions_stopped(const Bench& bench) const;
  Result<void> measure_guests_before(const Bench& bench, const NodeId& observer);
  Result<std::string> guests_cut(const Bench& bench, const NodeId& observer) const;
  Result<std::int64_t> stopped_packets(const Bench& bench) const;  // by the host's rules, so far
  nlohmann::json block() const;
  Result<std::string> control(const Bench& bench, const Observation& seen) const;

  NodeId host_;
  HostTraffic traffic_;
  Cut how_;
  std::vector<OpenFlow> flows_;  // to the host and from it, opened before the fault
  // Before the fault: who ran on this host, and who answered from elsewhere.
  std::vector<VmId> own_guests_;
  std::vector<VmId> other_guests_;
};

CatalogueEntry host_network_cut_entry();

}  // namespace splitsite
