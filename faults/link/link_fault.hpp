// What all faults of one link have in common: an effect on one or both directions, proven by what
// packets meet in each direction, by new connections, and by connections that were open before. A
// direction that is not affected, and a way that does not cross the link, are the control.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "faults/link/link_scope.hpp"
#include "faults/link/replication_parted.hpp"
#include "faults/measure/open_flow.hpp"
#include "faults/measure/way.hpp"
#include "harness/fault/fault.hpp"

namespace splitsite {

class LinkFault : public Fault {
 public:
  std::string describe() const final;
  nlohmann::json parameters() const final;
  Result<Plan> plan(const LabConfig& config) const final;
  Result<void> measure_before(const Bench& bench) final;
  Result<Proof> prove(const Bench& bench) const final;
  Result<Proof> prove_healed(const Bench& bench) const final;

 protected:
  LinkFault(LinkScope scope, Impairment effect)
      : scope_(std::move(scope)), effect_(std::move(effect)) {}

  const Impairment& effect() const { return effect_; }
  const LinkScope& scope() const { return scope_; }

  // Each returns what was measured, as a sentence. `way` crosses the link in an affected direction.
  virtual Result<std::string> effect_shows(const Bench& bench, const Way& way) const = 0;
  // That the effect is not there: on the direction that is not affected, and on the control.
  virtual Result<std::string> effect_absent(const Bench& bench, const Way& way) const = 0;
  // That it is gone from an affected direction after healing, which may be hours later.
  virtual Result<std::string> effect_gone(const Bench& bench, const Way& way) const {
    return effect_absent(bench, way);
  }
  // Asked for both directions and for the control, before anything is changed.
  virtual Result<void> measure_way_before(const Bench&, const Way&) { return success(); }
  // Whether TCP can be expected to get through in seconds while the fault is in force.
  virtual bool connections_survive() const { return true; }

 private:
  // One direction of the link and who measures it.
  struct Side {
    Way way;
    LinkDirection direction;
    bool affected = false;
    Cut cut = Cut::None;  // what the fault does to it for good
  };

  Result<std::vector<Side>> sides_of(const Bench& bench) const;
  // When packets cannot tell, for lack of nodes or because of another fault (`why`): what the wan
  // node's kernel says the link does must be what it should do without this fault.
  Result<Proof> healed_as_read_back(const Bench& bench, const char* why) const;
  Result<std::string> connections(const Bench& bench, const std::vector<Side>& sides,
                                  const StorageLives& reset) const;
  Result<std::string> control(const Bench& bench, const std::vector<Side>& sides) const;
  bool parts_replicas() const;  // for good, so that the storage nodes settle who goes on alone
  Result<Proof> prove_after(const Bench& bench, const Parted& parted) const;

  LinkScope scope_;
  Impairment effect_;
  StorageLives storage_lives_;    // before the fault, if it is on the replication
  std::vector<OpenFlow> flows_;   // from either end, opened before the fault
  std::vector<Way> other_views_;  // from the link's ends to the third site, those that were open
};

// Adds a sentence to a text of several.
void add_sentence(std::string& text, const std::string& sentence);

}  // namespace splitsite
