#include "scripts/testing/catch.hpp"
#include "topologies/reference/hostd/core/sanlock_state.hpp"
#include "topologies/reference/hostd/core/spm_inspect.hpp"
#include "topologies/reference/hostd/core/spm_role.hpp"
#include "topologies/reference/hostd/core/storage_health.hpp"

using namespace splitsite;
using namespace splitsite::reference::hostd;
using splitsite::reference::rpc::SpmRole;

namespace {

using std::chrono::seconds;

const Instant kStart{seconds(100)};
const LeaseOnStorage kOwnedByThree{.version = 7, .owner = LeaseOwner{3, 2}};

SpmOwner inspect(const LeaseOnStorage& lease, const OwnerHost& host) {
  auto owner = inspect_spm_lease(lease, host);
  REQUIRE(owner);
  return owner.value();
}

}  // namespace

TEST_CASE("The SPM lease is free or owned by VDSM's rules") {
  CHECK(inspect({.version = 1}, HostUndecided{}).spm_id == -1);

  struct Row {
    OwnerHost host;
    int spm_id;
    const char* state;
  };
  const std::vector<Row> rows = {
      {HostOnStorage{2, HostLiveness::Live}, 3, "LIVE"},
      {HostOnStorage{2, HostLiveness::Fail}, 3, "FAIL"},
      {HostOnStorage{2, HostLiveness::Unknown}, 3, "UNKNOWN"},
      {HostOnStorage{2, HostLiveness::Dead}, -1, "DEAD"},
      {HostOnStorage{2, HostLiveness::Free}, -1, "FREE"},
      {HostOnStorage{3, HostLiveness::Live}, -1, "FREE"},  // joined again since
      {HostUndecided{}, 3, "UNKNOWN"},
  };
  for (const Row& row : rows) {
    const SpmOwner owner = inspect(kOwnedByThree, row.host);
    CHECK(owner.spm_id == row.spm_id);
    CHECK(owner.owner_state == row.state);
    CHECK(owner.version == 7);
  }
}

TEST_CASE("Nobody outside the lockspace can tell the owner") {
  CHECK(inspect_spm_lease(kOwnedByThree, NoSuchLockspace{}).error().kind == ErrorKind::Unavailable);
}

TEST_CASE("The SPM role changes one step at a time") {
  SpmState spm;
  CHECK_FALSE(spm.begin_stop().value());
  CHECK(spm.begin_start().value());
  CHECK(spm.status() == SpmRole::Contend);
  CHECK_FALSE(spm.begin_start().value());  // asked again: nothing more to do
  CHECK(spm.begin_stop().error().kind == ErrorKind::Conflict);
  spm.started(4);
  CHECK(spm.status() == SpmRole::Spm);
  CHECK(spm.version() == 4);
  CHECK_FALSE(spm.begin_start().value());
  CHECK(spm.begin_stop().value());
  CHECK(spm.begin_start().error().kind == ErrorKind::Conflict);
  CHECK(spm.begin_stop().error().kind == ErrorKind::Conflict);
  spm.stopped();
  CHECK(spm.status() == SpmRole::Free);
  CHECK(spm.version() == -1);
  CHECK(spm.begin_start().value());
  spm.start_failed("held by another host");
  CHECK(spm.status() == SpmRole::Free);
  CHECK(spm.last_error() == "held by another host");
}

TEST_CASE("The watchdog forgives three unclear looks in a row and no lost lease") {
  SpmWatchdog watchdog;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < SpmWatchdog::kForgiven; ++i)
      CHECK_FALSE(watchdog.must_restart(LeaseLook::Unclear));
    CHECK_FALSE(watchdog.must_restart(LeaseLook::Held));
  }
  for (int i = 0; i < SpmWatchdog::kForgiven; ++i) watchdog.must_restart(LeaseLook::Unclear);
  CHECK(watchdog.must_restart(LeaseLook::Unclear));
  CHECK(SpmWatchdog().must_restart(LeaseLook::Lost));
}

TEST_CASE("3.3 a read that hangs makes the last check old, it is no error; nobody resumes on it") {
  StorageHealth health(seconds(3));
  CHECK_FALSE(health.view(kStart).valid());
  health.read_began(kStart);
  health.read_succeeded(kStart + seconds(1));
  CHECK(health.view(kStart + seconds(2)).valid());
  CHECK(health.view(kStart + seconds(2)).age == seconds(1));
  CHECK(health.valid_since(kStart + seconds(2)) == kStart);

  health.read_began(kStart + seconds(4));
  CHECK(health.view(kStart + seconds(7)).valid());
  const auto view = health.view(kStart + seconds(8));
  CHECK_FALSE(view.valid());
  CHECK(view.lun_visible);
  CHECK(view.lun_error.empty());
  CHECK(view.age == seconds(7));
  CHECK_FALSE(health.valid_since(kStart + seconds(8)));

  health.read_succeeded(kStart + seconds(20));
  CHECK(health.view(kStart + seconds(20)).valid());
  CHECK(health.view(kStart + seconds(20)).delay == seconds(16));
  health.read_began(kStart + seconds(21));
  health.read_failed({.kind = ErrorKind::Unavailable, .attempted = "open the LUN"},
                     kStart + seconds(21));
  CHECK_FALSE(health.view(kStart + seconds(21)).lun_visible);
}

TEST_CASE("sanlock's state text names the resources of our lockspace") {
  CHECK(resources_in_state("", "ls").empty());
  CHECK(resources_in_state("ls:SDM:/dev/mapper/lun:2097152:5 other:vm-2:/dev/x:0:1 ls:vm-1:/d:0:2",
                           "ls") == std::vector<std::string>{"SDM", "vm-1"});
}
