#include "topologies/reference/hostd/core/vm_table.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/hostd/fakes/test_lab.hpp"

using namespace splitsite;
using namespace splitsite::reference::hostd;
using splitsite::reference::rpc::ExitReason;
using splitsite::reference::rpc::VmPhase;
using enum splitsite::reference::hostd::DomainEventKind;

namespace {

using std::chrono::seconds;

const Instant kStart{seconds(100)};
const VmId kLeased{"vm-1"};
const VmId kPlain{"vm-5"};

struct Table {
  LabConfig lab = test_lab();
  Timers timers = [] {
    TimingConfig timing;
    timing.sanlock_io_timeout = seconds(3);
    return timers_of(timing);
  }();
  VmTable table{lab, timers};

  void run(const VmId& vm, bool with_lease) {
    REQUIRE(table.launch(vm, with_lease,
                         with_lease ? ResumeBehaviour::Kill : ResumeBehaviour::AutoResume));
    table.apply({vm, Started}, kStart);
    table.find(vm)->status = VmPhase::Up;
  }
};

}  // namespace

TEST_CASE("A VM is listed once, Down or not") {
  Table t;
  const auto launch = [&](const VmId& vm) {
    return t.table.launch(vm, true, ResumeBehaviour::Kill);
  };
  REQUIRE(launch(kLeased));
  CHECK(launch(kLeased).error().kind == ErrorKind::Conflict);
  t.table.apply({kLeased, Stopped}, kStart);
  CHECK(launch(kLeased).error().kind == ErrorKind::Conflict);
  t.table.forget(kLeased);
  CHECK(launch(kLeased));
  CHECK(launch(VmId("vm-9")).error().kind == ErrorKind::Invalid);
}

TEST_CASE("Only a highly available VM with its lease is killed after a long pause") {
  Table t;
  const bool with_lease = GENERATE(true, false);
  t.run(kLeased, with_lease);
  t.run(kPlain, false);
  for (const VmId& vm : {kLeased, kPlain}) t.table.apply({vm, PausedByIoError}, kStart);

  CHECK(t.table.overdue(kStart + seconds(24)).empty());
  const auto overdue = t.table.overdue(kStart + seconds(25));
  CHECK(overdue == (with_lease ? std::vector{kLeased} : std::vector<VmId>{}));
}

TEST_CASE("A VM out of space or paused on purpose is neither killed nor resumed") {
  Table t;
  t.run(kLeased, true);
  t.run(kPlain, false);
  t.table.apply({kLeased, IoError, "enospc"}, kStart);
  t.table.apply({kPlain, Paused}, kStart);
  CHECK(t.table.overdue(kStart + seconds(500)).empty());
  CHECK(t.table.resumable(kStart + seconds(500), kStart + seconds(500)).empty());
}

TEST_CASE("Paused VMs go on when storage was good after the pause, leased ones within the limit") {
  Table t;
  t.run(kLeased, true);
  t.run(kPlain, false);
  for (const VmId& vm : {kLeased, kPlain}) t.table.apply({vm, PausedByIoError}, kStart);

  CHECK(t.table.resumable(kStart - seconds(1), kStart + seconds(2)).empty());
  CHECK(t.table.resumable(kStart + seconds(1), kStart + seconds(2)) ==
        std::vector{kLeased, kPlain});
  CHECK(t.table.resumable(kStart + seconds(30), kStart + seconds(31)) == std::vector{kPlain});
}

TEST_CASE("Domains nobody announced are taken in, their ends are not") {
  Table t;
  t.table.apply({kLeased, Stopped}, kStart);
  CHECK(t.table.find(kLeased) == nullptr);
  t.table.apply({kLeased, StartedByMigration}, kStart);
  REQUIRE(t.table.find(kLeased) != nullptr);
  CHECK(t.table.find(kLeased)->with_lease);
  CHECK(t.table.find(kLeased)->resume_behaviour == ResumeBehaviour::Kill);
}

TEST_CASE("2.5 a VM to be left paused is neither resumed nor killed, whatever storage does") {
  Table t;
  REQUIRE(t.table.launch(kPlain, false, ResumeBehaviour::LeavePaused));
  t.table.apply({kPlain, Started}, kStart);
  t.table.apply({kPlain, Resumed}, kStart);
  t.table.apply({kPlain, PausedByIoError}, kStart);
  CHECK(t.table.resumable(kStart + seconds(5), kStart + seconds(6)).empty());
  CHECK(t.table.overdue(kStart + seconds(600)).empty());
}

TEST_CASE("2.4 a paused VM that could not take its lease again is not tried once more") {
  Table t;
  t.run(kLeased, true);
  t.table.apply({kLeased, PausedByIoError}, kStart);
  REQUIRE(t.table.resumable(kStart + seconds(1), kStart + seconds(2)).size() == 1);
  resume_failed(*t.table.find(kLeased));
  CHECK(t.table.resumable(kStart + seconds(5), kStart + seconds(6)).empty());
  // It ends by its resume behaviour, or by the Manager's word.
  CHECK(t.table.overdue(kStart + seconds(25)) == std::vector{kLeased});
}

TEST_CASE("2.5 what an edit or a move changed is read from the domain itself") {
  Table t;
  t.run(kPlain, false);
  t.table.reconcile({{.vm = kPlain,
                      .cpus_run = true,
                      .with_lease = true,
                      .resume_behaviour = ResumeBehaviour::Kill}},
                    {}, kStart);
  CHECK(t.table.find(kPlain)->with_lease);
  CHECK(t.table.find(kPlain)->resume_behaviour == ResumeBehaviour::Kill);
}

TEST_CASE("After a blind time the table says what libvirt says") {
  Table t;
  t.run(kLeased, true);
  const Instant later = kStart + seconds(60);
  SECTION("gone unseen") {
    t.table.reconcile({}, {}, later);
    CHECK(t.table.find(kLeased)->status == VmPhase::Down);
    CHECK(t.table.find(kLeased)->exit_code == 1);
    CHECK(t.table.find(kLeased)->exit_reason == ExitReason::LibvirtDomainMissing);
  }
  SECTION("gone as was asked") {
    shutdown_asked(*t.table.find(kLeased), kStart);
    t.table.reconcile({}, {}, later);
    CHECK(t.table.find(kLeased)->exit_code == 0);
  }
  SECTION("paused unseen") {
    t.table.reconcile({{.vm = kLeased, .paused_by_error = true}}, {}, later);
    CHECK(t.table.find(kLeased)->status == VmPhase::Paused);
    CHECK(t.table.find(kLeased)->paused_at == later);
  }
  SECTION("thought down, and runs") {
    t.table.apply({kLeased, Stopped}, kStart);
    t.table.reconcile({{.vm = kLeased, .cpus_run = true}}, {}, later);
    CHECK(t.table.find(kLeased)->status == VmPhase::PoweringUp);
  }
  SECTION("being started: the start's own result decides") {
    t.table.find(kLeased)->status = VmPhase::WaitForLaunch;
    t.table.reconcile({}, {kLeased}, later);
    CHECK(t.table.find(kLeased)->status == VmPhase::WaitForLaunch);
  }
  SECTION("the source of a migration is not taken for its destination") {
    migration_began(*t.table.find(kLeased), "host-b1");
    t.table.reconcile({{.vm = kLeased, .incoming = true}}, {}, later);
    CHECK(t.table.find(kLeased)->status == VmPhase::MigrationSource);
  }
}

TEST_CASE("A daemon that starts adopts what its predecessor ran") {
  Table t;
  t.table.reconcile(
      {{.vm = kLeased, .cpus_run = true, .with_lease = true}, {.vm = kPlain, .incoming = true}}, {},
      kStart);
  CHECK(t.table.find(kLeased)->status == VmPhase::Up);
  CHECK(t.table.find(kLeased)->resume_behaviour == ResumeBehaviour::Kill);
  CHECK(t.table.find(kPlain)->status == VmPhase::MigrationDestination);
}
