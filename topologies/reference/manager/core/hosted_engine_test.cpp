// The Manager's side of its own self-hosted engine: facts of 4.1, 4.3, 5.4, 7.3 and 7.4.
#include "topologies/reference/manager/core/hosted_engine.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/core/placement_fixture.hpp"
#include "topologies/reference/manager/core/restart.hpp"
#include "topologies/reference/manager/core/scheduler.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const VmId engine(hosted_engine_vm);
const Instant now{minutes(10)};

// host-b2 is a standard host.
LabConfig self_hosted_lab() {
  LabConfig lab = SimulatedCluster::stretch_lab();
  lab.hosted_engine = HostedEngineConfig{
      .vm = {.name = engine, .home = SiteId("a"), .lease = true, .memory_mib = 160},
      .hosts = {a1, a2, b1}};
  return lab;
}

// Everything runs; the engine's VM, which nobody but an HA agent starts, on host-a1.
struct SelfHosted {
  SimulatedCluster lab{self_hosted_lab(), {}};

  SelfHosted() {
    for (const NodeId& host : lab.lab().hosted_engine->hosts) agent(host).emplace();
    REQUIRE(lab.run_until(seconds(60), [&] { return lab.host("host-a1").joined(); }));
    lab.host("host-a1").handle(rpc::CreateVm{engine}, lab.now());
    REQUIRE(lab.settle());
    REQUIRE(lab.vm(hosted_engine_vm).run_on == a1);
    lab.after_each_event = [this] { REQUIRE(lab.copies(engine) <= 1); };
  }
  std::optional<SimulatedHaAgent>& agent(const NodeId& host) {
    return lab.host(host.str()).ha_agent;
  }
  bool reaches(const NodeId& host, HostStatus status) {
    return lab.run_until(minutes(5), [&] { return lab.seen(host.str()).status == status; });
  }
  // Of the calls so far, VM.migrate of that host's VMs included.
  bool told_before_migrations_from(const NodeId& host) const {
    const auto first = [&](const auto& is_one) {
      return std::find_if(lab.calls().begin(), lab.calls().end(),
                          [&](const Call& call) { return call.host == host && is_one(call); });
    };
    const auto told = first([](const Call& call) {
      const auto* order = std::get_if<rpc::SetHaMaintenance>(&call.request);
      return order != nullptr && order->enabled;
    });
    const auto moved = first(
        [](const Call& call) { return std::holds_alternative<rpc::MigrateVm>(call.request); });
    return moved != lab.calls().end() && told < moved;
  }
  template <class Request>
  int orders() const {
    return static_cast<int>(std::count_if(
        lab.calls().begin(), lab.calls().end(),
        [](const Call& call) { return std::holds_alternative<Request>(call.request); }));
  }
};

// One moment: all hosts up and empty but for the engine's VM on host-a1, all capable but host-b2.
ClusterState one_moment() {
  ClusterState state = ready_cluster();
  state.vms[engine].name = engine;
  state.vms[engine].memory_mib = 160;
  run_on(state, hosted_engine_vm, a1);
  for (const NodeId& host : {a1, a2, b1}) {
    state.hosts.at(host).hosted_engine = HostedEngineInfo{.active = true, .score = 3400};
  }
  return state;
}

Schedule placed(const ClusterState& state) {
  return schedule(state, state.vms.at(engine), {*state.vms.at(engine).run_on});
}

TEST_CASE("7.3 the Manager knows of each host what its HA agent says; a standard host has none") {
  SelfHosted it;
  for (const NodeId& host : {a1, a2, b1}) {
    const auto& seen = it.lab.seen(host.str()).hosted_engine;
    REQUIRE(seen);
    CHECK(seen->active);
    CHECK(seen->score == 3400);
    CHECK_FALSE(seen->local_maintenance);
  }
  CHECK_FALSE(it.lab.seen("host-b2").hosted_engine);  // SHE-3
  it.agent(a2)->score = 1800;
  it.agent(a2)->global_maintenance = true;
  it.agent(b1)->runs = false;
  it.lab.run_for(seconds(5));
  CHECK(it.lab.seen("host-a2").hosted_engine->score == 1800);
  CHECK(it.lab.seen("host-a2").hosted_engine->global_maintenance);
  CHECK_FALSE(it.lab.seen("host-b1").hosted_engine->active);
  CHECK(it.lab.seen("host-b1").hosted_engine->score == 0);
}

TEST_CASE("7.3 what the HA agents say is forgotten by a restart and learnt with the first answer") {
  ClusterState state = one_moment();
  state.hosts.at(a1).hosted_engine.reset();  // as the database gives it back
  begin_again(state, now);
  PollAnswered poll{.host = a1, .asked = now};
  poll.stats.ha = {.configured = true, .active = true, .score = 3400};
  state = step(std::move(state), poll, now).state;
  CHECK(state.hosts.at(a1).hosted_engine->score == 3400);
}

TEST_CASE("8.26 local maintenance that the agent enters after the host has is never seen") {
  ClusterState state = one_moment();
  PollAnswered poll{.host = b1, .asked = now};
  poll.stats.ha = {.configured = true, .active = true, .local_maintenance = true};
  state.hosts.at(b1).status = HostStatus::Maintenance;
  state = step(std::move(state), poll, now).state;
  CHECK_FALSE(state.hosts.at(b1).hosted_engine->local_maintenance);
  CHECK(state.hosts.at(b1).hosted_engine->score == 3400);
  state.hosts.at(b1).status = HostStatus::PreparingForMaintenance;
  state = step(std::move(state), poll, now).state;
  CHECK(state.hosts.at(b1).hosted_engine->local_maintenance);
}

TEST_CASE("4.1 the engine's VM goes only where an HA agent offers more than nothing") {
  ClusterState state = one_moment();
  CHECK(placed(state).best.size() == 2);
  CHECK(placed(state).refusals == std::vector<std::string>{"host-b2 (HA)"});
  state.hosts.at(b1).hosted_engine->score = 0;
  CHECK(placed(state).best == std::vector<NodeId>{a2});
  const VmState& other = state.vms.at(VmId("vm-1"));
  CHECK(schedule(state, other, {}).refusals.empty());  // nobody else is asked for a score
}

TEST_CASE("4.1 the engine's VM is not moved to where its agents would move it back from") {
  ClusterState state = one_moment();
  state.hosts.at(b1).hosted_engine->score = 2600;  // 800 less: the agents would not bear it
  CHECK(placed(state).best == std::vector<NodeId>{a2});
  state.hosts.at(b1).hosted_engine->score = 2601;
  CHECK(placed(state).refusals.size() == 1);
  state.hosts.at(b1).hosted_engine->score = 100;
  state.hosts.at(a1).hosted_engine->global_maintenance = true;  // agents do nothing
  CHECK(placed(state).refusals.size() == 1);
}

TEST_CASE("4.1 of hosts that are equal otherwise the engine's VM takes the higher HA score") {
  ClusterState state = one_moment();
  state.hosts.at(a2).hosted_engine->score = 3000;
  CHECK(placed(state).best == std::vector<NodeId>{b1});
  CHECK(schedule(state, state.vms.at(VmId("vm-4")), {a1, b2}).best ==
        std::vector<NodeId>{b1});  // its own rule
  state.affinity_groups.clear();
  CHECK(schedule(state, state.vms.at(VmId("vm-4")), {a1, b2}).best.size() == 2);
}

TEST_CASE(
    "4.3 maintenance tells the HA agent first, activation takes it back before the host is up") {
  SelfHosted it;
  REQUIRE(it.lab.ask(DeactivateHost{a2, ""}).ok());
  REQUIRE(it.reaches(a2, HostStatus::Maintenance));
  CHECK(it.agent(a2)->told());
  CHECK(it.told_before_migrations_from(a2));
  bool up_before_told = false;
  it.lab.after_each_event = [&] {
    if (it.lab.seen("host-a2").status == HostStatus::Up && it.agent(a2)->told()) {
      up_before_told = true;
    }
  };
  REQUIRE(it.lab.ask(ActivateHost{a2}).ok());
  REQUIRE(it.reaches(a2, HostStatus::Up));
  it.lab.run_for(seconds(15));
  CHECK_FALSE(it.agent(a2)->told());
  CHECK_FALSE(it.lab.seen("host-a2").hosted_engine->local_maintenance);
  CHECK(it.lab.seen("host-a2").hosted_engine->score == 3400);
  CHECK(it.lab.count_events(10452) + it.lab.count_events(10453) + it.lab.count_events(10454) == 0);
  CHECK_FALSE(up_before_told);
}

TEST_CASE("4.3 a host without an HA agent is told nothing on its way into maintenance and back") {
  SelfHosted it;
  const int before = it.orders<rpc::SetHaMaintenance>();
  REQUIRE(it.lab.ask(DeactivateHost{b2, ""}).ok());
  REQUIRE(it.reaches(b2, HostStatus::Maintenance));
  REQUIRE(it.lab.ask(ActivateHost{b2}).ok());
  REQUIRE(it.reaches(b2, HostStatus::Up));
  CHECK(it.orders<rpc::SetHaMaintenance>() == before);
}

TEST_CASE("4.3 the engine's VM leaves with the others, live, once its agent knows") {
  SelfHosted it;
  const int before = it.orders<rpc::MigrateVm>();
  REQUIRE(it.lab.ask(DeactivateHost{a1, ""}).ok());
  CHECK(it.orders<rpc::MigrateVm>() == before);
  REQUIRE(it.reaches(a1, HostStatus::Maintenance));
  CHECK(it.agent(a1)->told());
  const NodeId there = *it.lab.vm(hosted_engine_vm).run_on;
  CHECK((there == a2 || there == b1));
  CHECK(it.lab.copies(engine) == 1);
  CHECK(it.lab.count_events(119) == 0);
}

TEST_CASE("4.3 both hosts of the primary site in maintenance: the engine's VM is in the other") {
  SelfHosted it;
  for (const NodeId& host : {a1, a2}) {
    REQUIRE(it.lab.ask(DeactivateHost{host, ""}).ok());
    REQUIRE(it.reaches(host, HostStatus::Maintenance));
    REQUIRE(it.lab.run_until(minutes(1),
                             [&] { return it.lab.manager().pool.status == DataCenterStatus::Up; }));
  }
  CHECK(it.lab.vm(hosted_engine_vm).run_on == b1);
  const CommandReply last = it.lab.ask(DeactivateHost{b1, ""});  // host-b2 is a standard host
  CHECK(last.status == 409);
  CHECK(last.detail.find("capable of running the engine VM") != std::string::npos);
  CHECK(it.lab.seen("host-b1").status == HostStatus::Up);
}

TEST_CASE("4.3 an HA agent that cannot be told keeps all VMs on the engine's host (602, 17)") {
  SelfHosted it;
  it.agent(a1)->refuses = true;
  const int before = it.orders<rpc::MigrateVm>();
  REQUIRE(it.lab.ask(DeactivateHost{a1, ""}).ok());
  it.lab.run_for(seconds(120));
  CHECK(it.lab.seen("host-a1").status == HostStatus::PreparingForMaintenance);
  CHECK(it.lab.count_events(602) == 1);
  it.lab.run_for(seconds(190));  // the retry after 300 s is nobody's wish
  CHECK(it.lab.count_events(17) == 1);
  CHECK(it.orders<rpc::MigrateVm>() == before);
  it.agent(a1)->refuses = false;
  REQUIRE(it.lab.run_until(
      minutes(7), [&] { return it.lab.seen("host-a1").status == HostStatus::Maintenance; }));
}

TEST_CASE("4.3 an HA agent that cannot be told is a warning on any other host (10453, 10454)") {
  SelfHosted it;
  it.agent(b1)->refuses = true;
  REQUIRE(it.lab.ask(DeactivateHost{b1, ""}).ok());
  it.lab.run_for(seconds(1));
  CHECK(it.lab.count_events(10453) == 1);
  REQUIRE(it.reaches(b1, HostStatus::Maintenance));
  REQUIRE(it.lab.ask(ActivateHost{b1}).ok());
  REQUIRE(it.reaches(b1, HostStatus::Up));
  it.lab.run_for(seconds(1));
  CHECK(it.lab.count_events(10454) == 1);
}

TEST_CASE("4.3 a silent host goes into maintenance with the warning that its agent does not know") {
  ClusterState state = one_moment();
  state.hosts.at(b1).status = HostStatus::NonResponsive;
  const Step capable = step(state, Command(DeactivateHost{b1, "broken"}), now);
  CHECK(capable.state.hosts.at(b1).status == HostStatus::Maintenance);
  CHECK(capable.events.front().code == 10453);
  state.hosts.at(b2).status = HostStatus::NonResponsive;
  CHECK(step(state, Command(DeactivateHost{b2, "broken"}), now).events.front().code == 600);
}

TEST_CASE("2.4 the Manager never starts the engine's VM, whatever becomes of it") {
  SelfHosted it;
  it.lab.host("host-a1").kill_vm(engine, it.lab.now());
  it.lab.run_for(seconds(10));
  CHECK(it.lab.vm(hosted_engine_vm).status == VmStatus::Down);
  CHECK(it.lab.count_events(9602) == 0);
  it.lab.host("host-a1").handle(rpc::CreateVm{engine}, it.lab.now());
  REQUIRE(it.lab.run_until(minutes(1),
                           [&] { return it.lab.vm(hosted_engine_vm).status == VmStatus::Up; }));
  CHECK(it.lab.vm(hosted_engine_vm).run_on == a1);
  it.lab.host("host-a1").reachable = false;
  it.lab.run_for(minutes(30));
  CHECK(it.lab.vm(hosted_engine_vm).status == VmStatus::Unknown);
  for (const Call& call : it.lab.calls()) {
    const auto* create = std::get_if<rpc::CreateVm>(&call.request);
    CHECK((create == nullptr || create->vm != engine));
  }
}

TEST_CASE("5.4 where the HA agents have started the engine, there the Manager sees it at once") {
  ClusterState state = one_moment();  // as its last life kept it
  begin_again(state, now);
  PollAnswered poll{.host = b1, .asked = now + seconds(1)};
  poll.stats.vms = {{.vm = engine, .status = rpc::VmPhase::PoweringUp}};
  state = step(std::move(state), poll, now + seconds(1)).state;
  CHECK(state.vms.at(engine).run_on == b1);
  CHECK(state.vms.at(engine).status == VmStatus::PoweringUp);
  CHECK(state.vms.at(engine).started == now + seconds(1));
  // Its old host was asked before, and lists a copy of which nobody knows how it ended.
  PollAnswered old{.host = a1, .asked = now};
  old.stats.vms = {{.vm = engine, .status = rpc::VmPhase::Up}};
  state = step(std::move(state), old, now + seconds(2)).state;
  CHECK(state.vms.at(engine).run_on == b1);
}

TEST_CASE("3.2 a Manager that starts knows the host its engine ran on before, 8 #14") {
  ClusterState state = one_moment();
  state.vms.at(engine).run_on = a1;
  begin_again(state, now);
  CHECK(state.previous_engine_host == a1);
  state.vms.erase(engine);  // a standalone Manager
  begin_again(state, now);
  CHECK_FALSE(state.previous_engine_host.has_value());
}

TEST_CASE(
    "7.4 the engine's VM is not started, stopped, rebooted or shut down by the Manager: 400") {
  ClusterState state = one_moment();
  const auto ask = [&](const Command& command) { return *step(state, command, now).reply; };
  CHECK(ask(StopVm{engine}).status == 400);
  CHECK(ask(ShutdownVm{engine}).detail ==
        "[Cannot shutdown VM. This VM is not managed by the engine.]");
  CHECK(step(state, Command(StopVm{engine}), now).calls.empty());
  CHECK(ask(RebootVm{engine}).detail ==
        "[Cannot restart VM. This VM is not managed by the engine.]");
  CHECK(step(state, Command(RebootVm{engine}), now).calls.empty());
  CHECK(ask(MigrateVm{engine}).ok());
  CHECK(ask(MigrateVm{engine, b2}).status == 409);  // a standard host
  state.vms.at(engine).status = VmStatus::Down;
  state.vms.at(engine).run_on.reset();
  CHECK(ask(StartVm{engine}).status == 400);
}

TEST_CASE("7.4 the engine's VM cannot be made highly available (409), other values are locked") {
  ClusterState state = one_moment();
  const auto ask = [&](const Command& command) { return step(state, command, now).reply->status; };
  CHECK(ask(EditVm{.vm = engine, .highly_available = true}) == 409);
  CHECK(ask(EditVm{.vm = engine, .priority = 100}) == 400);
  CHECK(ask(EditVm{.vm = engine, .resume_behaviour = ResumeBehaviour::Kill}) == 400);
  CHECK(ask(EditVm{.vm = engine, .lease = true}) == 400);
  CHECK(ask(EditVm{.vm = engine, .priority = 1, .lease = false}) == 200);
  CHECK(ask(SetVmPlacement{engine, {}, {{b1}}}) == 400);
  CHECK(ask(SetVmPlacement{engine, MigrationMode::UserMigratable, {}}) == 200);
}

TEST_CASE("2.4 the Manager of a self-hosted engine lists its own VM: neither HA nor with a lease") {
  const ClusterState state = initial_state(self_hosted_lab(), {}, now);
  REQUIRE(state.vms.count(engine) == 1);
  CHECK_FALSE(state.vms.at(engine).highly_available);
  CHECK_FALSE(state.vms.at(engine).lease);
  CHECK(state.vms.at(engine).memory_mib == 160);
  CHECK(initial_state(SimulatedCluster::stretch_lab(), {}, now).vms.count(engine) == 0);
}

}  // namespace
}  // namespace splitsite::reference
