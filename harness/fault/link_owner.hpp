// The one owner of the state of every link: a direction does what its topology asks for plus what
// all faults now in force ask for together, computed anew with every change. So two faults may
// share a link, and healing one leaves the other in force whatever the order.
#pragma once

#include <map>
#include <string>

#include "harness/ports/links.hpp"

namespace splitsite {

class LinkOwner {
 public:
  // `links` outlives the owner.
  explicit LinkOwner(Links& links) : links_(links) {}

  // What add() would say, with nothing touched.
  Result<void> check(const LinkDirection& direction, const Impairment& effect) const;
  // Puts `effect` on the direction in the name of `fault`, which has none there yet. Conflict, and
  // nothing touched, if it cannot be in force together with another fault's. On any other error it
  // may be half in force: remove it.
  Result<void> add(const LinkDirection& direction, const FaultId& fault, const Impairment& effect);
  // Takes the fault's effect off the direction. None there: the direction is set to what it should
  // do, which is how the faults of a dead harness are undone.
  Result<void> remove(const LinkDirection& direction, const FaultId& fault);

  // What the direction should do now: its baseline with the effects of all faults in force there.
  Result<Impairment> expected(const LinkDirection& direction) const;

 private:
  std::vector<Impairment> effects_on(const LinkDirection& direction) const;
  Result<Impairment> composed_with(const LinkDirection& direction, const Impairment& effect) const;

  Links& links_;
  std::map<LinkDirection, std::map<FaultId, Impairment>> effects_;
};

}  // namespace splitsite
