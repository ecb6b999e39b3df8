// What the tests of link faults play on, and how they read a proof. Test only.
#pragma once

#include "faults/host/testing_observers.hpp"
#include "faults/link/testing_link.hpp"
#include "faults/storage/testing_observers.hpp"

namespace splitsite {

// With storage nodes and nodes' lives that can be asked for.
struct Bed {
  FakeLab lab{fake_config()};
  Bed() {
    teach_storage(lab);
    teach_hosts(lab);
  }
};

inline void expect(bool proven, const Result<Proof>& proof) {
  INFO(proof_text(proof));
  CHECK(proof.has_value() == proven);
}

}  // namespace splitsite
