#include "topologies/reference/hostd/core/vm_record.hpp"

#include <initializer_list>

#include "scripts/testing/catch.hpp"

using namespace splitsite;
using namespace splitsite::reference::hostd;
using splitsite::reference::rpc::ExitReason;
using splitsite::reference::rpc::VmPhase;
using enum splitsite::reference::hostd::DomainEventKind;

namespace {

const Instant kStart{std::chrono::seconds(100)};

void play(VmRecord& record, std::initializer_list<DomainEventKind> events) {
  for (DomainEventKind kind : events) apply(record, {record.vm, kind}, kStart);
}

VmRecord running() {
  VmRecord record{.vm = VmId("vm-1"), .with_lease = true};
  start_succeeded(record, kStart);
  record.status = VmPhase::Up;
  return record;
}

void check_down(const VmRecord& record, int code, ExitReason reason) {
  CHECK(record.status == VmPhase::Down);
  CHECK(record.exit_code == code);
  CHECK(record.exit_reason == reason);
}

}  // namespace

TEST_CASE("A start waits for launch, powers up, and is up when the guest answers or in time") {
  VmRecord record{.vm = VmId("vm-1")};
  CHECK(record.status == VmPhase::WaitForLaunch);
  const bool events_before_result = GENERATE(true, false);
  if (events_before_result) {
    play(record, {Resumed, Started, Resumed});
    start_succeeded(record, kStart);
  } else {
    start_succeeded(record, kStart);
    play(record, {Started, Resumed});
  }
  CHECK(record.status == VmPhase::PoweringUp);
  const Duration wait = std::chrono::seconds(18);
  age(record, kStart + std::chrono::seconds(17), wait, false);
  CHECK(record.status == VmPhase::PoweringUp);
  SECTION("answers") { age(record, kStart + std::chrono::seconds(17), wait, true); }
  SECTION("in time") { age(record, kStart + std::chrono::seconds(18), wait, false); }
  CHECK(record.status == VmPhase::Up);
}

TEST_CASE("A refused start is down with the reason libvirt gave") {
  VmRecord record{.vm = VmId("vm-1")};
  SECTION("result only") {}
  SECTION("libvirt says stopped before it says why") { play(record, {Stopped}); }
  start_refused(record, "Lease is held by another host");
  check_down(record, 1, ExitReason::LibvirtStartFailed);
  CHECK(record.exit_text == "Lease is held by another host");
}

TEST_CASE("A start that was given up is no error") {
  VmRecord record{.vm = VmId("vm-1")};
  destroy_asked(record, ExitReason::AdminShutdown);
  CHECK(record.status == VmPhase::WaitForLaunch);
  start_refused(record, "whatever");
  check_down(record, 0, ExitReason::DestroyedOnStartup);
}

TEST_CASE("How a VM went down decides its exit code, and so whether it is restarted") {
  VmRecord record = running();
  SECTION("sanlock killed it") {
    play(record, {ShutdownByHost, Stopped});
    check_down(record, 1, ExitReason::HostShutdown);
  }
  SECTION("QEMU died without a word") {
    play(record, {Stopped});
    check_down(record, 1, ExitReason::LostQemuConnection);
  }
  SECTION("seen by us before libvirt") {
    play(record, {ProcessGone, ShutdownByHost, Stopped});
    check_down(record, 1, ExitReason::LostQemuConnection);
  }
  SECTION("the guest shut down") {
    play(record, {ShutdownByGuest, Stopped});
    check_down(record, 0, ExitReason::UserShutdown);
  }
  SECTION("asked to shut down") {
    shutdown_asked(record, kStart);
    CHECK(record.status == VmPhase::PoweringDown);
    play(record, {ShutdownByGuest, Stopped});
    check_down(record, 0, ExitReason::AdminShutdown);
  }
  SECTION("destroyed") {
    destroy_asked(record, ExitReason::AdminShutdown);
    play(record, {ShutdownByHost, Stopped});
    check_down(record, 0, ExitReason::AdminShutdown);
  }
  SECTION("paused for too long") {
    destroy_asked(record, ExitReason::DestroyedOnPauseTimeout);
    play(record, {Stopped});
    check_down(record, 1, ExitReason::DestroyedOnPauseTimeout);
  }
  SECTION("a later stop changes nothing") {
    play(record, {ShutdownByGuest, Stopped, Stopped});
    check_down(record, 0, ExitReason::UserShutdown);
  }
}

TEST_CASE("A guest that ignores its power button counts as up again") {
  VmRecord record = running();
  shutdown_asked(record, kStart);
  const Duration wait = std::chrono::seconds(18);
  age(record, kStart + std::chrono::seconds(89), wait, true);
  CHECK(record.status == VmPhase::PoweringDown);
  age(record, kStart + std::chrono::seconds(90), wait, true);
  CHECK(record.status == VmPhase::Up);
  play(record, {Stopped});
  check_down(record, 1, ExitReason::LostQemuConnection);
}

TEST_CASE("A rebooted guest is up again when an agent would have had the time to say so") {
  VmRecord record = running();
  reboot_asked(record, kStart);
  CHECK(record.status == VmPhase::RebootInProgress);
  play(record, {Resumed});
  const Duration wait = std::chrono::seconds(18);
  age(record, kStart + std::chrono::seconds(17), wait, true);  // the sign of its former life
  CHECK(record.status == VmPhase::RebootInProgress);
  age(record, kStart + std::chrono::seconds(18), wait, true);
  CHECK(record.status == VmPhase::Up);
  reboot_asked(record, kStart);
  play(record, {ShutdownByGuest, Stopped});
  check_down(record, 0, ExitReason::UserShutdown);
}

TEST_CASE("An I/O error pauses with its first moment and its precise reason") {
  VmRecord record = running();
  apply(record, {record.vm, PausedByIoError}, kStart);
  CHECK(record.status == VmPhase::Paused);
  CHECK(record.pause_code == PauseCode::Eother);
  apply(record, {record.vm, IoError, "enospc"}, kStart + std::chrono::seconds(5));
  CHECK(record.pause_code == PauseCode::Enospc);
  CHECK(record.paused_at == kStart);
  play(record, {Resumed});
  CHECK(record.status == VmPhase::Up);
  CHECK(record.pause_code == PauseCode::None);
  CHECK_FALSE(record.paused_at);
}

TEST_CASE("A pause somebody asked for is no error") {
  VmRecord record = running();
  play(record, {Paused});
  CHECK(record.status == VmPhase::Paused);
  CHECK(std::string(to_string(record.pause_code)) == "NOERR");
  CHECK_FALSE(record.paused_at);
}

TEST_CASE("The source of a migration stays so until the result is known") {
  VmRecord record = running();
  migration_began(record, "host-b1");
  play(record, {PausedByMigration});
  CHECK(record.status == VmPhase::MigrationSource);
  SECTION("it worked, event first") {
    play(record, {StoppedByMigration});
    migration_succeeded(record);
    check_down(record, 0, ExitReason::MigrationSucceeded);
  }
  SECTION("it worked, result first") {
    migration_succeeded(record);
    play(record, {StoppedByMigration});
    check_down(record, 0, ExitReason::MigrationSucceeded);
  }
  SECTION("it failed") {
    play(record, {ResumedByMigration});
    CHECK(record.status == VmPhase::MigrationSource);
    migration_failed(record, "no route to host");
    CHECK(record.status == VmPhase::Up);
    CHECK(record.migration_error == "no route to host");
  }
  SECTION("it failed, and the source could not go on, either") {
    migration_failed(record, "the lease is held by another host");
    CHECK(record.status == VmPhase::Paused);
    play(record, {Resumed});
    CHECK(record.status == VmPhase::Up);
  }
  SECTION("it failed, and the source goes on a moment later") {
    migration_failed(record, "cancelled");
    play(record, {ResumedByMigration});
    CHECK(record.status == VmPhase::Up);
  }
  SECTION("it failed because its storage was gone") {
    play(record, {PausedByIoError});
    CHECK(record.status == VmPhase::MigrationSource);
    migration_failed(record, "I/O error");
    CHECK(record.status == VmPhase::Paused);
    CHECK(record.paused_at == kStart);
  }
  SECTION("QEMU was killed in the middle of it") {
    play(record, {ShutdownByHost, Stopped});
    migration_failed(record, "domain is not running");
    check_down(record, 1, ExitReason::HostShutdown);
  }
}

TEST_CASE("The destination of a migration is up when it runs, and down when it never came") {
  VmRecord record{.vm = VmId("vm-1")};
  went_down(record, 0, ExitReason::MigrationSucceeded);  // it was here before
  play(record, {StartedByMigration});
  CHECK(record.status == VmPhase::MigrationDestination);
  play(record, {Paused});
  CHECK(record.status == VmPhase::MigrationDestination);
  SECTION("came") {
    play(record, {ResumedByMigration});
    CHECK(record.status == VmPhase::Up);
  }
  SECTION("never came") {
    play(record, {Stopped});
    check_down(record, 1, ExitReason::MigrationFailed);
  }
}
