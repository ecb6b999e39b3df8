// The runtime over real sockets: exchanges that fail in each way, and the whole Manager against
// host daemons on loopback whose hosts are simulated twenty times faster than they would be.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>

#include "harness/core/handle.hpp"
#include "harness/time/eventually.hpp"
#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"
#include "topologies/reference/manager/core/restart.hpp"
#include "topologies/reference/manager/runtime/manager.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"
#include "topologies/reference/manager/simulation/loopback_hosts.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kFaster = 20;

// A listening socket on a free port of loopback that accepts nobody.
struct SilentListener {
  explicit SilentListener(const char* address, int backlog) {
    fd.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    ::inet_pton(AF_INET, address, &at.sin_addr);
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(fd.get(), backlog) == 0);
    socklen_t size = sizeof at;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&at), &size);
    endpoint = {.address = address, .port = ntohs(at.sin_port)};
  }
  UniqueFd fd;
  Endpoint endpoint;
};

ExchangeFailure failure_of(const Endpoint& to, const ExchangeLimits& limits) {
  const auto answer = post(to, "/rpc", "{}", limits, steady_clock(), {});
  REQUIRE(std::holds_alternative<ExchangeFailure>(answer));
  return std::get<ExchangeFailure>(answer);
}

constexpr ExchangeLimits kShort{.connect = milliseconds(300), .answer = milliseconds(300)};

TEST_CASE("A port nobody listens on is refused") {
  Endpoint gone;
  { gone = SilentListener("127.0.0.9", 1).endpoint; }
  CHECK(failure_of(gone, kShort).kind == NetworkFailure::Refused);
}

TEST_CASE("A SYN that gets no answer is given up after vdsConnectionTimeout") {
  SilentListener full("127.0.0.9", 0);
  // With its queue full the kernel drops further SYNs, as a dead host does.
  std::vector<UniqueFd> queued;
  for (int i = 0; i < 4; ++i) {
    queued.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(full.endpoint.port);
    ::inet_pton(AF_INET, full.endpoint.address.c_str(), &at.sin_addr);
    ::connect(queued.back().get(), reinterpret_cast<sockaddr*>(&at), sizeof at);
  }
  const Instant begin = steady_clock().now();
  CHECK(failure_of(full.endpoint, kShort).kind == NetworkFailure::TimedOut);
  CHECK(steady_clock().now() - begin >= milliseconds(300));
  CHECK(steady_clock().now() - begin < seconds(3));
}

TEST_CASE("A daemon that accepts and says nothing is given up after the heartbeat") {
  const SilentListener mute("127.0.0.9", 8);
  const ExchangeFailure failure = failure_of(mute.endpoint, kShort);
  CHECK(failure.kind == NetworkFailure::TimedOut);
  CHECK(failure.why == "the answer took longer than 300 ms");
}

TEST_CASE("An answer that ends too early is a broken connection") {
  const SilentListener listener("127.0.0.9", 8);
  std::jthread daemon([&] {
    const UniqueFd peer(::accept(listener.fd.get(), nullptr, nullptr));
    std::array<char, 1024> request;
    ::recv(peer.get(), request.data(), request.size(), 0);
    const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"res";
    ::send(peer.get(), half.data(), half.size(), MSG_NOSIGNAL);
  });
  CHECK(failure_of(listener.endpoint, {.connect = seconds(5), .answer = seconds(5)}).kind ==
        NetworkFailure::Broken);
}

// The lockspace's timers run kFaster times faster, the Manager's are shortened to match.
LabConfig fast_manager(LabConfig lab) {
  lab.timing.vds_refresh_rate = milliseconds(50);
  lab.timing.vds_connection_timeout = milliseconds(500);
  lab.timing.vds_heartbeat = seconds(5);
  lab.timing.timeout_to_reset_vds = milliseconds(1000);
  lab.timing.delay_reset_for_spm = milliseconds(300);
  lab.timing.delay_reset_per_vm = milliseconds(10);
  lab.timing.storage_pool_refresh_time = milliseconds(1000);
  lab.timing.storage_pool_non_operational_reset_timeout = seconds(9);
  lab.timing.disable_fence_at_startup = seconds(15);
  lab.timing.number_vds_refreshes_before_retry_to_start_unknown_vms = 10;
  lab.timing.affinity_rules_enforcement_initial_delay = seconds(600);
  return lab;
}

Probed<std::monostate> when(bool reached, const std::string& why_not) {
  if (reached) return std::monostate();
  return NotYet{why_not};
}

TEST_CASE("A Manager on real sockets brings the cluster up and fails the primary site over") {
  LabConfig lab = SimulatedCluster::stretch_lab();
  lab.timing.sanlock_io_timeout = milliseconds(3000);
  lab.host_daemon_port = 0;
  LoopbackHosts hosts(lab, kFaster);
  std::atomic<int> events = 0;
  Manager manager(fast_manager(lab), ManagerOptions{}, steady_clock(),
                  [&](const AuditEvent&) { ++events; });

  const auto await = [&](const std::string& what, const std::function<bool()>& reached) {
    const auto result =
        eventually<std::monostate>(steady_clock(), {.what = what, .bound = seconds(60)},
                                   [&] { return when(reached(), "not yet"); });
    INFO(what);
    REQUIRE(result);
  };
  await("the data center to be up", [&] {
    const ClusterState seen = manager.snapshot();
    return seen.pool.status == DataCenterStatus::Up &&
           std::all_of(seen.hosts.begin(), seen.hosts.end(),
                       [](auto& h) { return h.second.status == HostStatus::Up; });
  });
  CHECK(manager.snapshot().pool.spm->str().substr(0, 6) == "host-a");
  CHECK(manager.submit(StartVm{VmId("vm-1")}).value().ok());
  CHECK(manager.submit(StartVm{VmId("vm-5")}).value().ok());
  CHECK(manager.submit(StartVm{VmId("vm-9")}).value().status == 404);
  await("the VMs to run", [&] {
    return hosts.copies(VmId("vm-1")) == 1 && hosts.copies(VmId("vm-5")) == 1 &&
           manager.snapshot().vms.at(VmId("vm-5")).status == VmStatus::Up;
  });
  hosts.power_off("host-a1");
  hosts.power_off("host-a2");
  await("vm-1 to run in b", [&] {
    const VmState vm = manager.snapshot().vms.at(VmId("vm-1"));
    return vm.status == VmStatus::Up && vm.run_on->str().substr(0, 6) == "host-b";
  });
  await("the SPM to move", [&] {
    const PoolState pool = manager.snapshot().pool;
    return pool.status == DataCenterStatus::Up && pool.spm->str().substr(0, 6) == "host-b";
  });
  CHECK(hosts.copies(VmId("vm-5")) == 0);
  CHECK(events > 10);
}

// A Manager over its database, as the program makes one.
struct Kept {
  Kept(const LabConfig& lab, const std::string& path)
      : store(std::move(StateStore::open(path, lab.name).value())) {
    Manager::Start start{.state = initial_state(lab, {}, steady_clock().now()),
                         .store = store.get()};
    if (store->load(start.state, TimeBase::now()).value()) {
      start.calls = begin_again(start.state, steady_clock().now()).calls;
    }
    manager =
        std::make_unique<Manager>(lab, std::move(start), steady_clock(), [](const AuditEvent&) {});
  }
  bool all_up() const {
    const ClusterState seen = manager->snapshot();
    return seen.pool.proxy && std::all_of(seen.hosts.begin(), seen.hosts.end(), [](auto& h) {
             return h.second.status == HostStatus::Up && h.second.last_contact;
           });
  }
  std::unique_ptr<StateStore> store;
  std::unique_ptr<Manager> manager;
};

TEST_CASE("A Manager that ends and starts again knows what it was told and touches no VM") {
  LabConfig lab = SimulatedCluster::stretch_lab();
  lab.host_daemon_port = 0;
  LoopbackHosts hosts(lab, kFaster);
  const LabConfig fast = fast_manager(lab);
  const auto directory = make_temporary_directory();
  const VmId vm("vm-1");
  const auto await = [&](const std::string& what, const std::function<bool()>& reached) {
    INFO(what);
    REQUIRE(eventually<std::monostate>(steady_clock(), {.what = what, .bound = seconds(60)},
                                       [&] { return when(reached(), "not yet"); }));
  };
  ClusterState before;
  {
    const Kept first(fast, directory / "manager.db");
    await("the hosts to be up", [&] { return first.all_up(); });
    REQUIRE(first.manager->submit(StartVm{vm}).value().ok());
    REQUIRE(first.manager->submit(SetSpmPriority{NodeId("host-b1"), 3}).value().ok());
    await("the VM to run",
          [&] { return first.manager->snapshot().vms.at(vm).status == VmStatus::Up; });
    before = first.manager->snapshot();
  }
  const Kept second(fast, directory / "manager.db");
  CHECK(second.manager->snapshot().vms.at(vm).status == VmStatus::Up);
  await("the hosts to have answered", [&] { return second.all_up(); });
  REQUIRE(second.manager->submit(AddEvent{.description = "after"}).value().ok());
  const ClusterState after = second.manager->snapshot();
  CHECK(after.hosts.at(NodeId("host-b1")).spm_priority == 3);
  CHECK(after.vms.at(vm).run_on == before.vms.at(vm).run_on);
  CHECK(after.pool.spm == before.pool.spm);
  CHECK(hosts.copies(vm) == 1);
  CHECK(after.events.size() == static_cast<std::size_t>(after.last_event));
  CHECK(after.events.front().description == before.events.front().description);
  std::filesystem::remove_all(directory);
}

TEST_CASE("A Manager whose database is lost says so once and does nothing any more") {
  LabConfig lab = SimulatedCluster::stretch_lab();
  lab.host_daemon_port = 0;
  LoopbackHosts hosts(lab, kFaster);
  const auto directory = make_temporary_directory();
  const auto store = std::move(StateStore::open(directory / "manager.db", lab.name).value());
  ClusterState state = initial_state(lab, {}, steady_clock().now());
  REQUIRE(store->save(state, TimeBase::now()));
  // A file that cannot grow any more is what a full disk is.
  const rlimit small{.rlim_cur = 1, .rlim_max = RLIM_INFINITY};
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
  signal(SIGXFSZ, SIG_IGN);
  std::atomic<int> lost = 0;
  {
    Manager manager(lab,
                    {.state = state, .store = store.get(), .lost = [&](const Error&) { ++lost; }},
                    steady_clock(), [](const AuditEvent&) {});
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const auto answer = manager.submit(AddEvent{.description = "not kept"});
    CHECK_FALSE(answer);
    CHECK_FALSE(manager.submit(AddEvent{.description = "nor this"}));
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &usual) == 0);
  }
  CHECK(lost == 1);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace splitsite::reference
