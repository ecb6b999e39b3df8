// The database by itself: what is written comes back, only what changed is written, and a file that
// is not this Manager's is refused with one clear error. A process killed in the middle of a write
// leaves a database that can be read.
#include "topologies/reference/manager/store/state_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"
#include "topologies/reference/manager/core/restart.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"
#include "topologies/reference/manager/store/tables.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::seconds;

const TimeBase kTime{Instant(seconds(1000)),
                     std::chrono::system_clock::time_point(seconds(1'700'000'000))};

struct File {
  File() : directory(make_temporary_directory()), path(directory / "manager.db") {}
  ~File() { std::filesystem::remove_all(directory); }

  std::unique_ptr<StateStore> open(const std::string& lab = "simulated") const {
    auto opened = StateStore::open(path, lab);
    REQUIRE(opened);
    return std::move(opened.value());
  }
  std::string refusal(const std::string& lab = "simulated") const {
    const auto opened = StateStore::open(path, lab);
    REQUIRE_FALSE(opened);
    return opened.error().message();
  }

  const std::filesystem::path directory;
  const std::string path;
};

ClusterState fresh() {
  return initial_state(SimulatedCluster::stretch_lab(), {}, Instant(seconds(1000)));
}

// Differs from a fresh one in every field that is kept.
ClusterState eventful() {
  ClusterState state = fresh();
  HostState& host = state.hosts.at(NodeId("host-a1"));
  host.spm_priority = -1;
  host.power_management = !host.power_management;
  host.status = HostStatus::NonOperational;
  host.status_detail = "storage_domain_unreachable";
  host.maintenance_reason = "drill";
  host.wants_maintenance = true;
  host.boot_id = "2";
  VmState& vm = state.vms.at(VmId("vm-5"));
  vm.highly_available = vm.lease = vm.user_stop = vm.stop_by_force = true;
  vm.priority = 100;
  vm.resume_behaviour = ResumeBehaviour::Kill;
  vm.status = VmStatus::Paused;
  vm.status_detail = "eio";
  vm.stop_reason = "it's \"quoted\"; --";
  vm.run_on = NodeId("host-a1");
  vm.started = Instant(seconds(900));
  vm.stopped = Instant(seconds(-50));
  vm.ended_with_error = true;
  vm.next_run = NextRun{.resume_behaviour = ResumeBehaviour::LeavePaused};
  state.affinity_groups.pop_back();
  state.affinity_groups[0].vms_rule = {.enabled = true, .enforcing = true, .positive = false};
  state.affinity_groups[0].description = "the primary site";
  state.affinity_groups[0].priority = 2.5;
  state.affinity_groups[0].hosts = {};
  state.migrations.push_back({.vm = VmId("vm-1"),
                              .source = NodeId("host-a1"),
                              .destination = NodeId("host-b1"),
                              .since = Instant(seconds(990)),
                              .reason = "user"});
  state.policy.on_error = OnHostError::MigrateHighlyAvailable;
  state.policy.fencing.connectivity_threshold = 60;
  state.pool.status = DataCenterStatus::Up;
  state.pool.master_domain = StorageDomainStatus::Active;
  state.pool.spm = NodeId("host-b2");
  for (long i = 1; i <= 3; ++i) {
    state.events.push_back({.index = i,
                            .code = 9001,
                            .severity = Severity::Alert,
                            .description = "Ünï\ncode",
                            .host = NodeId("host-a1"),
                            .at = Instant(seconds(i))});
  }
  state.last_event = 3;
  state.jobs.push_back({.number = 1,
                        .description = "Migrating VM vm-1",
                        .context = {.correlation_id = "ünï", .user = "admin@internal"},
                        .end = JobEnd::VmMoved,
                        .vm = VmId("vm-1"),
                        .source = NodeId("host-a1"),
                        .status = JobStatus::Finished,
                        .started = Instant(seconds(980)),
                        .ended = Instant(seconds(985)),
                        .steps = {{.kind = StepKind::Executing,
                                   .description = "Executing",
                                   .status = JobStatus::Finished,
                                   .started = Instant(seconds(980)),
                                   .ended = Instant(seconds(985))}}});
  return state;
}

ClusterState read_back(const File& file) {
  ClusterState state = fresh();
  REQUIRE(file.open()->load(state, kTime).value());
  return state;
}

TEST_CASE("What is kept of the state comes back as it was") {
  const File file;
  const ClusterState written = eventful();
  REQUIRE(file.open()->save(written, kTime));
  const ClusterState read = read_back(file);
  for_each_kept<ClusterState>([&](const auto& field) {
    INFO(field.name);
    CHECK(store::same_kept(read.*field.member, written.*field.member));
  });
  // Or the test would not notice a field that is not written.
  for_each_kept<ClusterState>([&](const auto& field) {
    INFO(field.name);
    CHECK_FALSE(store::same_kept(fresh().*field.member, written.*field.member));
  });
}

TEST_CASE("A new database has nothing to say") {
  ClusterState state = fresh();
  CHECK_FALSE(File().open()->load(state, kTime).value());
}

TEST_CASE("Times are kept as wall-clock times, whatever the next monotonic clock shows") {
  const File file;
  REQUIRE(file.open()->save(eventful(), kTime));
  ClusterState state = fresh();
  const TimeBase rebooted{Instant(seconds(10)), kTime.wall + seconds(60)};
  REQUIRE(file.open()->load(state, rebooted).value());
  CHECK(*state.vms.at(VmId("vm-5")).started == Instant(seconds(10 - 60 - 100)));
}

TEST_CASE("A step that changes nothing that is kept makes no transaction") {
  const File file;
  const auto store = file.open();
  ClusterState state = eventful();
  REQUIRE(store->save(state, kTime));
  const long before = store->transactions();
  state.hosts.at(NodeId("host-a1")).memory_free_mib = 1;
  state.hosts.at(NodeId("host-a1")).last_contact = Instant(seconds(1));
  ++state.last_call;
  REQUIRE(store->save(state, kTime));
  CHECK(store->transactions() == before);
  state.hosts.at(NodeId("host-a1")).spm_priority = 3;
  state.vms.at(VmId("vm-1")).status = VmStatus::Unknown;
  REQUIRE(store->save(state, kTime));
  CHECK(store->transactions() == before + 1);
}

TEST_CASE("Rows that go, come and change are followed, lists keep their order") {
  const File file;
  ClusterState state = eventful();
  state.affinity_groups.resize(1);
  state.affinity_groups.push_back({.name = "b"});
  state.affinity_groups.push_back({.name = "a"});
  {
    const auto store = file.open();
    REQUIRE(store->save(state, kTime));
    state.migrations.clear();
    state.affinity_groups.erase(state.affinity_groups.begin() + 1);
    state.affinity_groups[0].priority = 9;
    REQUIRE(store->save(state, kTime));
  }
  const ClusterState read = read_back(file);
  CHECK(read.migrations.empty());
  REQUIRE(read.affinity_groups.size() == 2);
  CHECK(read.affinity_groups[0].priority == 9);
  CHECK(read.affinity_groups[1].name == "a");
}

TEST_CASE("The audit log goes on where it was, and what the state has dropped is dropped") {
  const File file;
  ClusterState state = eventful();
  {
    const auto store = file.open();
    REQUIRE(store->save(state, kTime));
    state.events.pop_front();
    state.events.push_back({.index = ++state.last_event, .description = "new"});
    REQUIRE(store->save(state, kTime));
  }
  ClusterState read = read_back(file);
  begin_again(read, Instant(seconds(2000)));
  REQUIRE(read.events.size() == 3);
  CHECK(read.events.front().index == 2);
  CHECK(read.events.back().description == "new");
  CHECK(read.last_event == 4);
}

TEST_CASE("A database that is in use is refused") {
  const File file;
  const auto first = file.open();
  REQUIRE(first->save(fresh(), kTime));
  CHECK(file.refusal().find("database is locked") != std::string::npos);
}

TEST_CASE("A foreign, damaged, newer or other lab's file is refused with what to do") {
  const File file;
  const auto refused_for = [&](const std::string& why, const std::string& lab = "simulated") {
    const std::string said = file.refusal(lab);
    INFO(said);
    CHECK(said.find(why) != std::string::npos);
    CHECK(said.find(file.path) != std::string::npos);
    CHECK(said.find("move the file away") != std::string::npos);
  };
  SECTION("no database") {
    std::ofstream(file.path) << "this is a text and not a database, and long enough to be read";
    refused_for("file is not a database");
  }
  SECTION("another program's") {
    SQLite::Database(file.path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("CREATE TABLE notes (text)");
    refused_for("another program's");
  }
  SECTION("newer") {
    REQUIRE(file.open()->save(eventful(), kTime));
    SQLite::Database(file.path, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
    refused_for("version 99");
  }
  SECTION("another lab's") {
    REQUIRE(file.open()->save(eventful(), kTime));
    refused_for("belongs to the lab simulated", "other");
  }
  SECTION("cut in half") {
    REQUIRE(file.open()->save(eventful(), kTime));
    std::filesystem::resize_file(file.path, std::filesystem::file_size(file.path) / 2);
    refused_for("could not open");
  }
}

TEST_CASE("A row that cannot be understood is named, and the state stays as it was") {
  const File file;
  REQUIRE(file.open()->save(eventful(), kTime));
  std::string damage;
  std::string expected;
  SECTION("a state nobody knows") {
    damage = "UPDATE hosts SET status = 'asleep' WHERE name = 'host-a2'";
    expected = "table hosts, row host-a2: column status: \"asleep\" is not known";
  }
  SECTION("a VM the lab does not describe") {
    damage = "UPDATE vms SET name = 'vm-99' WHERE name = 'vm-1'";
    expected = "table vms, row vm-99: the lab does not describe it";
  }
  SECTION("a list that is no list") {
    damage = "UPDATE affinity_groups SET hosts = '[\"host-a1\"'";
    expected = "column hosts";
  }
  SQLite::Database(file.path, SQLite::OPEN_READWRITE).exec(damage);
  ClusterState state = fresh();
  const auto loaded = file.open()->load(state, kTime);
  REQUIRE_FALSE(loaded);
  INFO(loaded.error().message());
  CHECK(loaded.error().message().find(expected) != std::string::npos);
  CHECK(state.events.empty());
}

// Writes as fast as it can and tells each number after its commit; killed at a random moment.
[[noreturn]] void write_for_ever(const std::string& path, int tell) {
  auto store = StateStore::open(path, "simulated");
  ClusterState state = fresh();
  for (long i = 1; store; ++i) {
    state.events.push_back({.index = i, .code = 9001, .description = std::string(200, 'x')});
    state.last_event = i;
    state.hosts.at(NodeId("host-a1")).boot_id = std::to_string(i);
    if (!store.value()->save(state, TimeBase::now())) break;
    if (::write(tell, &i, sizeof i) != sizeof i) break;
  }
  ::_exit(1);
}

TEST_CASE("A process killed in the middle of its writes has lost nothing that it had told") {
  const File file;
  long told = 0;
  for (int kill_after = 1; kill_after <= 8; ++kill_after) {
    std::filesystem::remove(file.path);
    std::filesystem::remove(file.path + "-wal");
    int pipes[2];
    REQUIRE(::pipe(pipes) == 0);
    const pid_t writer = ::fork();
    REQUIRE(writer >= 0);
    if (writer == 0) write_for_ever(file.path, pipes[1]);
    ::close(pipes[1]);
    for (int i = 0; i < 7 * kill_after; ++i) {
      REQUIRE(::read(pipes[0], &told, sizeof told) == sizeof told);
    }
    ::kill(writer, SIGKILL);
    while (::read(pipes[0], &told, sizeof told) == sizeof told) {
    }
    ::waitpid(writer, nullptr, 0);
    ::close(pipes[0]);
    const ClusterState read = read_back(file);
    // What was told is there; the write that was under way is there as a whole or not at all.
    CHECK(read.events.back().index >= told);
    CHECK(read.events.back().index <= told + 1);
    CHECK(read.hosts.at(NodeId("host-a1")).boot_id == std::to_string(read.events.back().index));
  }
}

}  // namespace
}  // namespace splitsite::reference
