// The whole daemon over loopback, on fakes: what the Manager's client sees.
#include "topologies/reference/hostd/host_daemon.hpp"

#include <httplib.h>

#include <atomic>

#include "harness/core/scope_guard.hpp"
#include "harness/time/eventually.hpp"
#include "scripts/testing/catch.hpp"
#include "topologies/reference/hostd/fakes/fake_fence_agents.hpp"
#include "topologies/reference/hostd/fakes/fake_ha_agent.hpp"
#include "topologies/reference/hostd/fakes/fake_hypervisor.hpp"
#include "topologies/reference/hostd/fakes/fake_leases.hpp"
#include "topologies/reference/hostd/fakes/test_lab.hpp"
#include "topologies/reference/hostd/rpc_server.hpp"

using namespace splitsite;
using namespace splitsite::reference;
using namespace splitsite::reference::hostd;
using namespace std::chrono_literals;
using rpc::Code;
using rpc::VmPhase;

namespace {

const VmId kLeased{"vm-1"};
const VmId kPlain{"vm-5"};

Timers quick_timers() {
  return {.storage_check = 10ms,
          .storage_timeout = 50ms,
          .spm_watchdog = 10ms,
          .pause_limit = 100ms,
          .pause_check = 10ms,
          .guest_wait = 1s,
          .host_id_wait = 2s,
          .refresh = 5ms};
}

struct Host {
  LabConfig lab = test_lab();
  FakeHypervisor hypervisor;
  FakeStorage storage;
  FakeFenceAgents fence_agents;
  FakeHaAgent ha_agent;
  std::atomic<int> endings = 0;
  HostDaemon daemon{{.lab = lab, .node = NodeId("host-a1"), .timers = quick_timers()},
                    {hypervisor, storage, storage, storage, fence_agents, ha_agent},
                    steady_clock(),
                    [this](const std::string&) { ++endings; }};
  Result<RpcServer> server = RpcServer::listen(
      "127.0.0.1", 0, [this](const rpc::Request& request) { return daemon.handle(request); });

  explicit Host(bool recovered = true) {
    REQUIRE(server);
    if (recovered) hypervisor.connect({});
  }
  // Whatever a test left hanging must let go, or the daemon's threads are never joined.
  ~Host() {
    storage.hang(false);
    hypervisor.stall_destroy(false);
    hypervisor.let_start(kLeased, success());
    hypervisor.let_start(kPlain, success());
    hypervisor.let_migrate(success());
  }

  httplib::Result post(const std::string& body) {
    httplib::Client client("127.0.0.1", server.value().port());
    client.set_read_timeout(30s);
    return client.Post(rpc::kPath, body, "application/json");
  }
  rpc::Reply ask(const rpc::Request& request) {
    const auto answer = post(rpc::encode(request));
    REQUIRE(answer);
    auto reply = rpc::decode_reply(request, answer->body);
    REQUIRE(reply);
    return reply.value();
  }
  rpc::HostStats stats() {
    const auto reply = ask(rpc::GetStats{});
    REQUIRE(std::holds_alternative<rpc::HostStats>(reply));
    return std::get<rpc::HostStats>(reply);
  }
  // Waits until the listed VM is as described; fails the test when it never is.
  rpc::VmReport wait_for(const VmId& vm, VmPhase phase) {
    auto found =
        eventually<rpc::VmReport>(steady_clock(), {.what = "VM phase", .bound = 5s, .every = 5ms},
                                  [&]() -> Probed<rpc::VmReport> {
                                    for (const auto& report : stats().vms)
                                      if (report.vm == vm && report.status == phase) return report;
                                    return NotYet{"not so yet"};
                                  });
    REQUIRE(found);
    return found.value();
  }
  void start(const VmId& vm, bool with_lease) {
    hypervisor.let_start(vm, success());
    REQUIRE(std::holds_alternative<rpc::Done>(ask(rpc::CreateVm{
        vm, with_lease, with_lease ? ResumeBehaviour::Kill : ResumeBehaviour::AutoResume})));
    wait_for(vm, VmPhase::Up);
  }
  void become_spm() {
    storage.set_lockspace(LockspaceState::Joined);
    ask(rpc::ConnectPool{1});
    CHECK(std::holds_alternative<rpc::Done>(ask(rpc::StartSpm{})));
    wait_until([&] { return stats().spm.status == rpc::SpmRole::Spm; });
  }
  void wait_until(const std::function<bool()>& condition) {
    REQUIRE(eventually<std::monostate>(steady_clock(),
                                       {.what = "condition", .bound = 5s, .every = 5ms},
                                       [&]() -> Probed<std::monostate> {
                                         if (condition()) return std::monostate{};
                                         return NotYet{"no"};
                                       }));
  }
};

int code_of(const rpc::Reply& reply) {
  const auto* error = std::get_if<rpc::Error>(&reply);
  return error == nullptr ? 0 : error->code;
}
int number(Code code) { return static_cast<int>(code); }

}  // namespace

TEST_CASE("Before libvirt was seen nobody is told that there are no VMs") {
  Host host(/*recovered=*/false);
  CHECK(code_of(host.ask(rpc::GetStats{})) == number(Code::Recovering));
  CHECK(code_of(host.ask(rpc::CreateVm{kLeased})) == number(Code::Recovering));
  host.hypervisor.connect({{.vm = kLeased, .cpus_run = true, .with_lease = true}});
  REQUIRE(host.stats().vms.size() == 1);
  CHECK(host.stats().vms[0].status == VmPhase::Up);
}

TEST_CASE("What cannot be read is answered with VDSM's numbers") {
  Host host;
  const auto code = [&](const std::string& body) {
    return code_of(rpc::decode_reply(rpc::StopSpm{}, host.post(body)->body).value());
  };
  CHECK(code("{") == number(Code::MissingParameter));
  CHECK(code(R"({"method":"VM.create","params":{"vm":"vm-1"}})") == number(Code::MissingParameter));
  CHECK(code(R"({"method":"VM.hibernate","params":{}})") == number(Code::NotImplemented));
  for (const rpc::Request& request :
       {rpc::Request(rpc::DestroyVm{kLeased}), rpc::Request(rpc::ShutdownVm{kLeased}),
        rpc::Request(rpc::ContinueVm{kLeased}), rpc::Request(rpc::MigrateVm{kLeased, "host-b1"})})
    CHECK(code_of(host.ask(request)) == number(Code::NoSuchVm));
  CHECK(code_of(host.ask(rpc::CreateVm{VmId("vm-9")})) == number(Code::CannotCreateVm));
}

TEST_CASE("A start that waits for its lease blocks nothing and is up when it has it") {
  Host host;
  CHECK(code_of(host.ask(rpc::CreateVm{kLeased})) == 0);
  CHECK(host.stats().vms[0].status == VmPhase::WaitForLaunch);
  host.start(kPlain, false);  // another one is not held up
  CHECK(code_of(host.ask(rpc::CreateVm{kLeased})) == number(Code::VmExists));

  host.hypervisor.let_start(kLeased, success());
  const auto up = host.wait_for(kLeased, VmPhase::Up);
  CHECK(up.pid >= 1000);
}

TEST_CASE("A refused start stays listed with its reason until it is destroyed") {
  Host host;
  host.hypervisor.let_start(kLeased, Error{.attempted = "start the VM", .why = "Lease is held"});
  host.ask(rpc::CreateVm{kLeased});
  const auto down = host.wait_for(kLeased, VmPhase::Down);
  CHECK(down.exit_code == 1);
  CHECK(down.exit_reason == static_cast<int>(rpc::ExitReason::LibvirtStartFailed));
  CHECK(down.exit_message.find("Lease is held") != std::string::npos);
  CHECK(code_of(host.ask(rpc::CreateVm{kLeased})) == number(Code::VmExists));
  CHECK(code_of(host.ask(rpc::DestroyVm{kLeased})) == 0);
  CHECK(host.stats().vms.empty());
}

TEST_CASE("A start whose connection broke is decided by the next look at libvirt") {
  Host host;
  host.hypervisor.let_start(kLeased, Error{.kind = ErrorKind::Unavailable, .why = "broken"});
  host.ask(rpc::CreateVm{kLeased});
  host.wait_until([&] { return host.hypervisor.relisted() > 0; });
  CHECK(host.stats().vms[0].status == VmPhase::WaitForLaunch);
  SECTION("it runs") {
    host.hypervisor.connect({{.vm = kLeased, .cpus_run = true}});
    host.wait_for(kLeased, VmPhase::Up);
  }
  SECTION("it does not") {
    host.hypervisor.connect({});
    CHECK(host.wait_for(kLeased, VmPhase::Down).exit_code == 1);
  }
}

TEST_CASE("A destroyed VM is gone, even one that was still waiting to start") {
  Host host;
  SECTION("running") { host.start(kLeased, true); }
  SECTION("waiting") {
    host.ask(rpc::CreateVm{kLeased});
    host.hypervisor.let_start(kLeased, success());
  }
  CHECK(code_of(host.ask(rpc::DestroyVm{kLeased})) == 0);
  host.wait_until([&] { return host.stats().vms.empty(); });
  CHECK_FALSE(host.hypervisor.has(kLeased));
}

TEST_CASE("A VM that QEMU left without a word of libvirt is seen as lost") {
  Host host;
  host.start(kLeased, true);
  host.wait_until([&] { return host.stats().vms[0].pid != 0; });
  host.hypervisor.kill_process(kLeased);
  CHECK(host.wait_for(kLeased, VmPhase::Down).exit_reason ==
        static_cast<int>(rpc::ExitReason::LostQemuConnection));
}

TEST_CASE("Lost storage: the leased VM is killed in time, the other one waits and goes on") {
  Host host;
  host.start(kLeased, true);
  host.start(kPlain, false);
  host.storage.hang(true);
  host.wait_until([&] { return host.stats().storage.last_check > 50ms; });
  CHECK(host.stats().storage.lun_error.empty());  // a hanging read is no error, only old (3.3)
  for (const VmId& vm : {kLeased, kPlain})
    host.hypervisor.say(vm, DomainEventKind::PausedByIoError);
  CHECK(host.wait_for(kLeased, VmPhase::Paused).pause_code == "EOTHER");
  const auto down = host.wait_for(kLeased, VmPhase::Down);
  CHECK(down.exit_code == 1);
  CHECK(down.exit_reason == static_cast<int>(rpc::ExitReason::DestroyedOnPauseTimeout));
  CHECK(host.hypervisor.resumed() == 0);

  host.storage.hang(false);
  host.wait_for(kPlain, VmPhase::Up);
  CHECK(host.hypervisor.resumed() == 1);
  CHECK(host.stats().storage.lun_error.empty());
}

TEST_CASE("2.4 a paused VM that cannot take its lease again stays paused until it is destroyed") {
  Host host;
  host.storage.set_lockspace(LockspaceState::Joined);
  host.ask(rpc::ConnectPool{1});
  host.wait_until([&] { return host.stats().storage.lockspace_joined; });
  host.start(kLeased, true);
  host.hypervisor.let_resume(Error{.kind = ErrorKind::Refused, .why = "Lease is held"});
  host.hypervisor.say(kLeased, DomainEventKind::PausedByIoError);
  host.wait_until([&] { return host.hypervisor.resumed() > 0; });
  // Somebody may run it elsewhere by now: not even storage that is good again makes it go on.
  host.hypervisor.let_resume(success());
  const auto down = host.wait_for(kLeased, VmPhase::Down);
  CHECK(down.exit_reason == static_cast<int>(rpc::ExitReason::DestroyedOnPauseTimeout));
  CHECK(host.hypervisor.resumed() == 1);
}

TEST_CASE("A migration shows on its source until it is decided") {
  Host host;
  host.start(kLeased, true);
  CHECK(code_of(host.ask(rpc::MigrateVm{kLeased, "host-a1"})) == number(Code::MigrationError));
  CHECK(code_of(host.ask(rpc::MigrateVm{kLeased, "nowhere"})) == number(Code::MigrationError));
  CHECK(code_of(host.ask(rpc::MigrateVm{kLeased, "host-b1"})) == 0);
  CHECK(host.stats().vms[0].status == VmPhase::MigrationSource);
  CHECK(code_of(host.ask(rpc::MigrateVm{kLeased, "host-b1"})) == number(Code::MigrationInProgress));
  SECTION("it works") {
    host.hypervisor.let_migrate(success());
    const auto down = host.wait_for(kLeased, VmPhase::Down);
    CHECK(down.exit_code == 0);
    CHECK(down.exit_reason == static_cast<int>(rpc::ExitReason::MigrationSucceeded));
  }
  SECTION("it fails") {
    host.hypervisor.let_migrate(Error{.why = "no route"});
    host.wait_for(kLeased, VmPhase::Up);
  }
}

TEST_CASE("A migration that is cancelled has failed") {
  Host host;
  host.start(kLeased, true);
  CHECK(code_of(host.ask(rpc::CancelMigration{kLeased})) == number(Code::MigrationCancelFailed));
  CHECK(code_of(host.ask(rpc::CancelMigration{kPlain})) == number(Code::NoSuchVm));
  CHECK(code_of(host.ask(rpc::MigrateVm{kLeased, "host-b1"})) == 0);
  host.wait_until([&] { return code_of(host.ask(rpc::CancelMigration{kLeased})) == 0; });
  host.wait_for(kLeased, VmPhase::Up);
}

TEST_CASE("A reboot is the hypervisor's, and shows until it is over or refused") {
  Host host;
  CHECK(code_of(host.ask(rpc::RebootVm{kLeased})) == number(Code::NoSuchVm));
  host.start(kLeased, true);
  CHECK(code_of(host.ask(rpc::RebootVm{kLeased})) == 0);
  CHECK(host.stats().vms[0].status == VmPhase::RebootInProgress);
  host.wait_until([&] { return host.hypervisor.rebooted() == 1; });
  host.wait_for(kLeased, VmPhase::Up);
  host.hypervisor.let_reboot(Error{.why = "no"});
  CHECK(code_of(host.ask(rpc::RebootVm{kLeased})) == 0);
  host.wait_for(kLeased, VmPhase::Up);
  host.hypervisor.say(kLeased, DomainEventKind::Paused);
  CHECK(code_of(host.ask(rpc::RebootVm{kLeased})) == number(Code::VmIsDown));
}

TEST_CASE("The pool is joined in the background and joined again when it was lost") {
  Host host;
  CHECK(code_of(host.ask(rpc::GetSpmStatus{})) == number(Code::PoolNotConnected));
  CHECK(code_of(host.ask(rpc::StartSpm{})) == number(Code::PoolNotConnected));
  CHECK(code_of(host.ask(rpc::ConnectPool{0})) == number(Code::AcquireHostId));
  CHECK(code_of(host.ask(rpc::ConnectPool{1})) == 0);
  CHECK(code_of(host.ask(rpc::ConnectPool{1})) == 0);
  CHECK(code_of(host.ask(rpc::ConnectPool{2})) == number(Code::AcquireHostId));
  host.wait_until([&] { return host.storage.joins() > 0; });
  host.storage.set_lockspace(LockspaceState::Joined);
  host.wait_until([&] { return host.stats().storage.lockspace_joined; });
  const int joins = host.storage.joins();
  host.storage.set_lockspace(LockspaceState::Absent);
  host.wait_until([&] { return host.storage.joins() > joins; });
  CHECK_FALSE(host.stats().storage.lockspace_joined);
}

TEST_CASE("SPM contends until the lease is there, and gives it back") {
  Host host;
  host.ask(rpc::ConnectPool{1});
  CHECK(code_of(host.ask(rpc::StartSpm{})) == 0);
  CHECK(host.stats().spm.status == rpc::SpmRole::Contend);  // no lockspace yet
  host.storage.set_lockspace(LockspaceState::Joined);
  host.wait_until([&] { return host.stats().spm.status == rpc::SpmRole::Spm; });
  CHECK(host.stats().spm.lver == 1);
  CHECK(code_of(host.ask(rpc::DisconnectPool{})) == number(Code::ReleaseLock));
  CHECK(code_of(host.ask(rpc::StopSpm{})) == 0);
  CHECK(host.stats().spm.status == rpc::SpmRole::Free);
  CHECK(code_of(host.ask(rpc::DisconnectPool{})) == 0);
  CHECK(host.endings == 0);
}

TEST_CASE("A refused SPM lease leaves the role free") {
  Host host;
  host.storage.spm_version = Error{.why = "held by another host"};
  host.storage.set_lockspace(LockspaceState::Joined);
  host.ask(rpc::ConnectPool{1});
  host.ask(rpc::StartSpm{});
  host.wait_until([&] { return host.stats().spm.status == rpc::SpmRole::Free; });
  CHECK(host.endings == 0);
}

TEST_CASE("A daemon that lost the SPM lease, or cannot give it back, ends") {
  Host host;
  host.become_spm();
  SECTION("lost") { host.storage.set_look(LeaseLook::Lost); }
  SECTION("unclear for too long") { host.storage.set_look(LeaseLook::Unclear); }
  SECTION("not given back") {
    host.storage.release_result = Error{.why = "EPIPE"};
    host.ask(rpc::StopSpm{});
  }
  host.wait_until([&] { return host.endings > 0; });
}

TEST_CASE(
    "The owner of the SPM lease is read from storage, and a hanging one is no hanging daemon") {
  Host host;
  host.storage.lease = {.version = 3, .owner = LeaseOwner{3, 1}};
  host.storage.owner = HostOnStorage{1, HostLiveness::Live};
  host.ask(rpc::ConnectPool{1});
  const auto report = std::get<rpc::SpmReport>(host.ask(rpc::GetSpmStatus{}));
  CHECK(report.spm_id == 3);
  CHECK(report.owner_state == "LIVE");

  host.storage.hang(true);
  CHECK(code_of(host.ask(rpc::GetSpmStatus{})) == number(Code::DomainAccess));
  CHECK(host.stats().hostname == "host-a1");
}

TEST_CASE("2.4 leases are written and removed by the SPM alone, and a hanging LUN is no answer") {
  Host host;
  CHECK(code_of(host.ask(rpc::CreateLease{kPlain})) == number(Code::SpmStatusError));
  host.become_spm();
  CHECK(code_of(host.ask(rpc::CreateLease{kPlain})) == 0);
  CHECK(host.storage.has_lease(kPlain));
  CHECK(code_of(host.ask(rpc::DeleteLease{kPlain})) == 0);
  CHECK_FALSE(host.storage.has_lease(kPlain));
  host.storage.hang(true);
  CHECK(code_of(host.ask(rpc::CreateLease{kPlain})) == number(Code::DomainAccess));
}

TEST_CASE("2.4 a running VM takes its lease and gives it up; one that does not run cannot") {
  Host host;
  CHECK(code_of(host.ask(rpc::PlugLease{kLeased})) == number(Code::NoSuchVm));
  host.start(kLeased, false);
  CHECK(code_of(host.ask(rpc::PlugLease{kLeased})) == 0);
  CHECK(host.hypervisor.plugged() == 1);
  CHECK(code_of(host.ask(rpc::UnplugLease{kLeased})) == 0);
  CHECK(host.hypervisor.plugged() == 0);
  host.hypervisor.say(kLeased, DomainEventKind::Paused);  // by a person: it is not resumed at once
  host.wait_for(kLeased, VmPhase::Paused);
  CHECK(code_of(host.ask(rpc::PlugLease{kLeased})) == number(Code::AcquireLock));
}

TEST_CASE("7.3 the statistics say what the HA agent says, and pass its maintenance on to it") {
  Host host;
  CHECK(host.stats().ha == rpc::HaStats{});
  const rpc::HaStats said{.configured = true, .active = true, .score = 3400};
  host.ha_agent.say(said);
  CHECK(host.stats().ha == said);
  CHECK(code_of(host.ask(rpc::SetHaMaintenance{true})) == 0);
  CHECK(host.ha_agent.told() == true);
  host.ha_agent.refuse({.kind = ErrorKind::Unavailable, .why = "no agent"});
  CHECK(code_of(host.ask(rpc::SetHaMaintenance{false})) == number(Code::ResourceUnavailable));
  host.ha_agent.refuse({.why = "disk full"});
  CHECK(code_of(host.ask(rpc::SetHaMaintenance{false})) == number(Code::HaPolicy));
}

TEST_CASE("4.3 a daemon that recovers sets HA maintenance all the same") {
  Host host(/*recovered=*/false);
  CHECK(code_of(host.ask(rpc::SetHaMaintenance{true})) == 0);
}
