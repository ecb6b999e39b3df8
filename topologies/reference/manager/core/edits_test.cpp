#include "topologies/reference/manager/core/edits.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/core/affinity_conflicts.hpp"
#include "topologies/reference/manager/core/placement_fixture.hpp"

namespace splitsite::reference {
namespace {

const VmId v1{"vm-1"}, v2{"vm-2"}, v3{"vm-3"}, v4{"vm-4"};

// Asks one command after the other.
struct Manager {
  Manager() : state(ready_cluster()) { state.affinity_groups.clear(); }
  CommandReply ask(const Command& command) {
    Step result = step(std::move(state), command, Instant{});
    state = std::move(result.state);
    events = result.events;
    return *result.reply;
  }
  const AffinityGroup& group(std::size_t i = 0) const { return state.affinity_groups.at(i); }
  AddAffinityGroup home() const {
    AffinityGroupEdit edit{.name = "home"};
    edit.hosts_rule = {.enabled = true, .enforcing = false, .positive = true};
    edit.vms = {v1, v2};
    edit.hosts = {a1, a2};
    return {edit};
  }

  ClusterState state;
  std::vector<AuditEvent> events;
};

TEST_CASE("7.5 an affinity group is added, renamed, changed and removed; its id stays") {
  Manager manager;
  REQUIRE(manager.ask(manager.home()).ok());
  CHECK(manager.events.back().code == 10350);
  CHECK(manager.group().hosts_rule.enabled);
  CHECK(manager.group().hosts_rule.positive);
  CHECK_FALSE(manager.group().vms_rule.enabled);
  UpdateAffinityGroup update{.group = "home", .edit = {}};
  update.edit.name = "primary";
  update.edit.hosts_rule.enforcing = true;
  update.edit.priority = 3;
  update.edit.description = "where the VMs live";
  REQUIRE(manager.ask(update).ok());
  CHECK(manager.events.back().code == 10352);
  CHECK(manager.group().name == "primary");
  CHECK(manager.group().id == "home");
  CHECK(manager.group().hosts_rule.enforcing);
  CHECK(manager.group().hosts_rule.positive);  // what is not given stays
  CHECK(manager.group().vms == std::vector<VmId>{v1, v2});
  CHECK(manager.group().priority == 3);
  CHECK(manager.group().description == "where the VMs live");
  REQUIRE(manager.ask(manager.home()).ok());  // the name is free again, the id is not
  CHECK(manager.group(1).id == "home#2");
  REQUIRE(manager.ask(RemoveAffinityGroup{"home"}).ok());
  CHECK(manager.events.back().code == 10354);
  CHECK(manager.state.affinity_groups.size() == 1);
  CHECK(manager.ask(RemoveAffinityGroup{"home"}).status == 404);
}

TEST_CASE("7.5 a rule is switched on by its polarity and off by enabled=false") {
  Manager manager;
  REQUIRE(manager.ask(manager.home()).ok());
  UpdateAffinityGroup update{.group = "home", .edit = {}};
  update.edit.vms_rule.enabled = true;  // of which polarity? oVirt leaves it off
  REQUIRE(manager.ask(update).ok());
  CHECK_FALSE(manager.group().vms_rule.enabled);
  update.edit.vms_rule.positive = false;
  REQUIRE(manager.ask(update).ok());
  CHECK(manager.group().vms_rule.enabled);
  update.edit.hosts_rule.enabled = false;
  REQUIRE(manager.ask(update).ok());
  CHECK_FALSE(manager.group().hosts_rule.enabled);
}

TEST_CASE("7.5 a group without a name, of a taken name, or with unknown members: 400, no change") {
  Manager manager;
  REQUIRE(manager.ask(manager.home()).ok());
  CHECK(manager.ask(AddAffinityGroup{}).status == 400);
  CHECK(manager.ask(AddAffinityGroup{}).detail == "AffinityGroup [name] required for add");
  CHECK(manager.ask(manager.home()).status == 400);
  CHECK(manager.ask(manager.home()).detail ==
        "[Cannot add Affinity Group. Affinity Group name already exists.]");
  AddAffinityGroup other = manager.home();
  other.group.name = "other";
  other.group.vms = {VmId("vm-9")};
  CHECK(manager.ask(other).status == 400);
  other.group.vms = {v1, v1};
  CHECK(manager.ask(other).detail.find("Duplicate VM") != std::string::npos);
  other.group.vms = {v1};
  other.group.hosts = {NodeId("host-c1")};
  CHECK(manager.ask(other).status == 400);
  CHECK(manager.state.affinity_groups.size() == 1);
  UpdateAffinityGroup missing{.group = "nothing", .edit = {}};
  CHECK(manager.ask(missing).status == 404);
}

TEST_CASE("7.5 members come and go one by one") {
  Manager manager;
  REQUIRE(manager.ask(manager.home()).ok());
  REQUIRE(manager.ask(AddVmToAffinityGroup{"home", v3}).ok());
  CHECK(manager.ask(AddVmToAffinityGroup{"home", v3}).status == 400);
  CHECK(manager.ask(AddVmToAffinityGroup{"home", VmId("vm-9")}).status == 400);
  REQUIRE(manager.ask(RemoveVmFromAffinityGroup{"home", v1}).ok());
  // ACTION_TYPE_FAILED_INVALID_ENTITY_FOR_AFFINITY_GROUP
  CHECK(manager.ask(RemoveVmFromAffinityGroup{"home", v1}).status == 400);
  CHECK(manager.ask(RemoveHostFromAffinityGroup{"home", b1}).detail ==
        "[Cannot edit Affinity Group. Provided VDS is invalid (does not exist).]");
  REQUIRE(manager.ask(AddHostToAffinityGroup{"home", b1}).ok());
  REQUIRE(manager.ask(RemoveHostFromAffinityGroup{"home", a1}).ok());
  CHECK(manager.group().vms == std::vector<VmId>{v2, v3});
  CHECK(manager.group().hosts == std::vector<NodeId>{a2, b1});
  CHECK(manager.ask(AddHostToAffinityGroup{"away", b1}).status == 404);
}

TEST_CASE("7.5 enforcing rules to and away from the same host collide: 409, no change") {
  Manager manager;
  AddAffinityGroup home = manager.home();
  home.group.hosts_rule.enforcing = true;
  REQUIRE(manager.ask(home).ok());
  AddAffinityGroup away = home;
  away.group.name = "away";
  away.group.hosts_rule.positive = false;
  const CommandReply reply = manager.ask(away);
  CHECK(reply.status == 409);
  CHECK(reply.detail.find("away, home") != std::string::npos);
  CHECK(manager.state.affinity_groups.size() == 1);
  away.group.hosts_rule.enforcing = false;  // a soft one is only warned of
  CHECK(manager.ask(away).ok());
  CHECK(manager.events.front().code == 10357);
}

TEST_CASE("7.5 together and apart collide, soft or not, over merged groups: 409, no change") {
  Manager manager;
  const auto rule = [](const char* name, std::vector<VmId> vms, bool positive) {
    AffinityGroupEdit edit{.name = name};
    edit.vms_rule = {.enabled = true, .enforcing = false, .positive = positive};
    edit.vms = std::move(vms);
    return AddAffinityGroup{edit};
  };
  REQUIRE(manager.ask(rule("ab", {v1, v2}, true)).ok());
  REQUIRE(manager.ask(rule("bc", {v2, v3}, true)).ok());
  CHECK(manager.ask(rule("ac", {v1, v3}, false)).status == 409);
  CHECK(manager.ask(rule("ad", {v1, v4}, false)).ok());
  CHECK(manager.state.affinity_groups.size() == 3);
}

TEST_CASE("7.5 what contradicts without a collision is warned of, each kind with its event") {
  const auto codes = [](const std::vector<AffinityGroup>& groups) {
    std::vector<int> found;
    for (const AffinityConflict& conflict : affinity_conflicts(groups)) {
      found.push_back(conflict.code);
      CHECK_FALSE(conflict.refused);
    }
    return found;
  };
  const auto draws = to_hosts("draws", {v1}, {a1}, true, false);
  CHECK(codes({draws, between_vms("pair", {v1, v2}, true, true),
               to_hosts("repels", {v2}, {a1}, false, false)}) == std::vector<int>{10358});
  CHECK(codes({draws, between_vms("apart", {v1, v2}, false, true),
               to_hosts("draws too", {v2}, {a1}, true, false)}) == std::vector<int>{10359});
  CHECK(codes({draws, to_hosts("elsewhere", {v1}, {b1}, true, false)}) == std::vector<int>{10360});
  CHECK(codes({to_hosts("site", {v1, v2}, {a1, a2}, true, false),
               between_vms("apart", {v1, v2}, false, true)})
            .empty());
}

TEST_CASE("7.6 the cluster's policies are edited; what is not given stays") {
  Manager manager;
  REQUIRE(manager.ask(UpdateCluster{.on_error = OnHostError::DoNotMigrate, .fencing = {}}).ok());
  CHECK(manager.events.back().code == 811);
  FencingPolicy fencing;
  fencing.skip_if_sd_active = true;
  fencing.connectivity_threshold = 75;
  REQUIRE(manager.ask(UpdateCluster{.on_error = {}, .fencing = fencing}).ok());
  CHECK(manager.state.policy.on_error == OnHostError::DoNotMigrate);
  CHECK(manager.state.policy.fencing.skip_if_sd_active);
  CHECK(manager.state.policy.fencing.connectivity_threshold == 75);
  fencing.connectivity_threshold = 101;
  fencing.enabled = false;
  CHECK(manager.ask(UpdateCluster{.on_error = {}, .fencing = fencing}).status == 400);
  CHECK(manager.state.policy.fencing.enabled);
}

TEST_CASE("7.4 a VM's placement is edited, also while it runs") {
  Manager manager;
  run_on(manager.state, "vm-1", a1);
  REQUIRE(manager.ask(SetVmPlacement{v1, MigrationMode::Pinned, {{a1}}}).ok());
  CHECK(vm_in(manager.state, "vm-1").migration_mode == MigrationMode::Pinned);
  CHECK(vm_in(manager.state, "vm-1").preferred_hosts == std::vector<NodeId>{a1});
  CHECK(manager.ask(MigrateVm{v1}).status == 409);
  CHECK(manager.ask(SetVmPlacement{v1, {}, {{NodeId("host-c1")}}}).status == 400);
  REQUIRE(manager.ask(SetVmPlacement{v1, MigrationMode::UserMigratable, {}}).ok());
  CHECK(vm_in(manager.state, "vm-1").preferred_hosts.size() == 1);
  CHECK(manager.ask(MigrateVm{v1}).status == 409);
  CHECK(manager.ask(MigrateVm{.vm = v1, .force = true}).ok());
  CHECK(manager.ask(SetVmPlacement{VmId("vm-9"), {}, {}}).status == 404);
}

}  // namespace
}  // namespace splitsite::reference
