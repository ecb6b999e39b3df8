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
    REQUIRE(table.launch(vm, with_lease));
    table.apply({vm, Started}, kStart);
    table.find(vm)->status = VmPhase::Up;
  }
};

}  // namespace

TEST_CASE("A VM is listed once, Down or not") {
  Table t;
  REQUIRE(t.table.launch(kLeased, true));
  CHECK(t.table.launch(kLeased, true).error().kind == ErrorKind::Conflict);
  t.table.apply({kLeased, Stopped}, kStart);
  CHECK(t.table.launch(kLeased, true).error().kind == ErrorKind::Conflict);
  t.table.forget(kLeased);
  CHECK(t.table.launch(kLeased, true));
  CHECK(t.table.launch(VmId("vm-9"), true).error().kind == ErrorKind::Invalid);
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
  CHECK(t.table.find(kLeased)->kill_when_paused);
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
  CHECK(t.table.find(kLeased)->kill_when_paused);
  CHECK(t.table.find(kPlain)->status == VmPhase::MigrationDestination);
}
