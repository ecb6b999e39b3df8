#include "topologies/reference/manager/core/affinity.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/core/placement_fixture.hpp"

namespace splitsite::reference {
namespace {

const VmId v1{"vm-1"}, v2{"vm-2"}, v3{"vm-3"}, v4{"vm-4"}, v5{"vm-5"}, v6{"vm-6"};

TEST_CASE("4.1 positive rules between VMs that share a VM are one group") {
  const AffinityGroup ab = between_vms("ab", {v1, v2}, true, true);
  const AffinityGroup bc = between_vms("bc", {v2, v3}, true, true);
  const AffinityGroup de = between_vms("de", {v4, v5}, true, true);
  const AffinityGroup ad = between_vms("ad", {v1, v4}, true, true);
  const AffinityGroup apart = between_vms("apart", {v5, v6}, false, true);
  using Unified = std::vector<std::set<VmId>>;
  CHECK(unified_positive_groups({&ab, &de}) == Unified{{v1, v2}, {v4, v5}});
  CHECK(unified_positive_groups({&ab, &bc, &apart}) == Unified{{v1, v2, v3}});
  CHECK(unified_positive_groups({&ab, &bc, &de, &ad}) == Unified{{v1, v2, v3, v4, v5}});
}

TEST_CASE("7.5 a group is broken as REST shows it, enforcing or not") {
  ClusterState state = ready_cluster();
  run_on(state, "vm-1", a1);
  run_on(state, "vm-2", a2);
  const auto broken = [&](const AffinityGroup& group) { return is_broken(state, group); };
  for (const bool enforcing : {false, true}) {
    CHECK(broken(between_vms("g", {v1, v2}, true, enforcing)));
    CHECK_FALSE(broken(between_vms("g", {v1, v2}, false, enforcing)));
    CHECK_FALSE(broken(to_hosts("g", {v1, v2}, {a1, a2}, true, enforcing)));
    CHECK(broken(to_hosts("g", {v1, v2}, {a1, b1}, true, enforcing)));
    CHECK(broken(to_hosts("g", {v1, v2}, {a2}, false, enforcing)));
    CHECK_FALSE(broken(to_hosts("g", {v1, v2}, {b1}, false, enforcing)));
  }
  run_on(state, "vm-2", a1);
  CHECK_FALSE(broken(between_vms("g", {v1, v2}, true, false)));
  CHECK(broken(between_vms("g", {v1, v2}, false, false)));
}

TEST_CASE("7.5 a VM that is down breaks nothing; an Unknown one is where it was") {
  ClusterState state = ready_cluster();
  const AffinityGroup home = to_hosts("g", {v1}, {a1}, true, false);
  CHECK_FALSE(is_broken(state, home));
  run_on(state, "vm-1", b1);
  vm_in(state, "vm-1").status = VmStatus::Unknown;
  CHECK(is_broken(state, home));
}

TEST_CASE("7.5 a rule that is switched off breaks nothing") {
  ClusterState state = ready_cluster();
  run_on(state, "vm-1", b1);
  AffinityGroup home = to_hosts("g", {v1}, {a1}, true, false);
  home.hosts_rule.enabled = false;
  CHECK_FALSE(is_broken(state, home));
}

}  // namespace
}  // namespace splitsite::reference
