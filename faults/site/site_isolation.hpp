// Fault "site-isolation": a site's links to every other site are cut both ways. Without the
// replication links the storage stays one and the site's VMs run on, unseen by the Manager (fact
// sheet 2.7, "mgmt lost, storage OK": never restarted, never duplicated); with them the witness
// decides, and the isolated half's hosts lose their leases.
#pragma once

#include "faults/measure/open_flow.hpp"
#include "faults/site/comeback.hpp"
#include "harness/fault/catalogue.hpp"
#include "harness/fault/fault.hpp"

namespace splitsite {

class SiteIsolation final : public Fault {
 public:
  struct Setting {
    bool replication = false;  // cut the replication links too
    Cut how = Cut::Drop;
    Comeback comeback = {};  // staggered: one link after the other
  };
  explicit SiteIsolation(SiteId site) : SiteIsolation(std::move(site), Setting{}) {}
  SiteIsolation(SiteId site, Setting setting) : site_(std::move(site)), setting_(setting) {}

  std::string name() const override { return "site-isolation"; }
  std::string describe() const override;
  nlohmann::json parameters() const override;
  Result<Plan> plan(const LabConfig& config) const override;
  Result<void> measure_before(const Bench& bench) override;
  Result<Proof> prove(const Bench& bench) const override;
  Result<Proof> prove_healed(const Bench& bench) const override;

 private:
  Result<std::string> connections(const Bench& bench) const;
  Result<std::string> unaffected(const Bench& bench) const;

  SiteId site_;
  Setting setting_;
  std::vector<OpenFlow> flows_;  // across each link that is cut, opened before the fault
};

CatalogueEntry site_isolation_entry();

}  // namespace splitsite
