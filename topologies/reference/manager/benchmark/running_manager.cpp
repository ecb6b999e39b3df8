// What a Manager of eight hosts and forty VMs costs while it runs: the real runtime with its
// database and its HTTPS API, polling host daemons in another process over loopback every three
// seconds as oVirt does. Prints memory, CPU share, the time of a REST read, the cost of a commit.
#include <fmt/format.h>
#include <httplib.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include "harness/time/eventually.hpp"
#include "scripts/testing/temporary_directory.hpp"
#include "topologies/reference/manager/api/api_server.hpp"
#include "topologies/reference/manager/benchmark/large_lab.hpp"
#include "topologies/reference/manager/runtime/manager.hpp"
#include "topologies/reference/manager/simulation/loopback_hosts.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::seconds;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::uint16_t kDaemonPort = 54400;

// The host daemons, in a process of their own so that the figures are the Manager's alone.
pid_t start_hosts(const LabConfig& lab) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  LabConfig theirs = lab;
  const LoopbackHosts hosts(theirs, 1);
  while (true) ::pause();
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  long total = 0;
  long resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1048576.0;
}

bool await(const char* what, seconds bound, const std::function<bool()>& reached) {
  const auto result =
      eventually<bool>(steady_clock(), {.what = what, .bound = bound}, [&]() -> Probed<bool> {
        if (reached()) return true;
        return NotYet{"not yet"};
      });
  if (!result) fmt::print(stderr, "{}\n", result.error().message());
  return result.has_value();
}

bool everything_runs(Manager& manager) {
  const bool hosts_up = await("the hosts to be up", seconds(120), [&] {
    const ClusterState seen = manager.snapshot();
    return seen.pool.status == DataCenterStatus::Up &&
           std::all_of(seen.hosts.begin(), seen.hosts.end(),
                       [](const auto& h) { return h.second.status == HostStatus::Up; });
  });
  if (!hosts_up) return false;
  for (const auto& [name, vm] : manager.snapshot().vms) {
    if (!manager.submit(StartVm{name}).value().ok()) return false;
  }
  return await("the VMs to be up", seconds(120), [&] {
    const ClusterState seen = manager.snapshot();
    return std::all_of(seen.vms.begin(), seen.vms.end(),
                       [](const auto& v) { return v.second.status == VmStatus::Up; });
  });
}

// The median of a hundred reads over one kept-alive connection.
double read_all_vms(const ApiServer& api) {
  httplib::SSLClient client("127.0.0.1", api.port());
  client.enable_server_certificate_verification(false);
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  client.set_basic_auth("admin@internal", "splitsite");
  std::vector<double> took;
  for (int i = 0; i < 100; ++i) {
    const Instant begin = steady_clock().now();
    const auto answer = client.Get("/ovirt-engine/api/vms?follow=host,cluster");
    if (!answer || answer->status != 200) return -1;
    took.push_back(Milliseconds(steady_clock().now() - begin).count());
    if (i == 0) fmt::print("(an answer has {} KiB)\n", answer->body.size() / 1024);
  }
  std::sort(took.begin(), took.end());
  fmt::print("(fastest {:.1f} ms, 95th of a hundred {:.1f} ms)\n", took.front(), took[94]);
  return took[50];
}

// One changed row and one event, as an edit through the API makes them.
double commit_once(StateStore& store, ClusterState state) {
  constexpr int kTimes = 500;
  const Instant begin = steady_clock().now();
  for (int i = 0; i < kTimes; ++i) {
    state.hosts.begin()->second.spm_priority = i % 10;
    state.events.push_back({.index = ++state.last_event, .description = "a marker of a test"});
    if (!store.save(state, TimeBase::now())) return -1;
  }
  return Milliseconds(steady_clock().now() - begin).count() / kTimes;
}

double compare_only(StateStore& store, const ClusterState& state) {
  constexpr int kTimes = 5000;
  if (!store.save(state, TimeBase::now())) return -1;
  const Instant begin = steady_clock().now();
  for (int i = 0; i < kTimes; ++i) {
    if (!store.save(state, TimeBase::now())) return -1;
  }
  return 1000 * Milliseconds(steady_clock().now() - begin).count() / kTimes;
}

bool measure(const LabConfig& lab, const std::string& directory, seconds watched) {
  const auto open = [&](const char* name) {
    return std::move(StateStore::open(directory + "/" + name, lab.name).value());
  };
  const auto store = open("manager.db");
  const ManagerOptions options{.seed = 1};
  Manager manager(
      lab, {.state = initial_state(lab, options, steady_clock().now()), .store = store.get()},
      steady_clock(), [](const AuditEvent&) {});
  const auto api = ApiServer::start({.listen_address = "127.0.0.1",
                                     .port = 0,
                                     .names = {"127.0.0.1"},
                                     .directory = directory,
                                     .account = {.password = "splitsite"}},
                                    manager, steady_clock());
  if (!api || !everything_runs(manager)) return false;
  const double before = cpu_seconds();
  const Instant begin = steady_clock().now();
  steady_clock().pause(watched);
  const std::chrono::duration<double> passed = steady_clock().now() - begin;
  const double share = 100 * (cpu_seconds() - before) / passed.count();
  bool met = report({"CPU at 8 hosts and 40 VMs", share, 5, "% of a core"});
  met &= report(
      {"REST read of all VMs with follow=host,cluster", read_all_vms(*api.value()), 20, "ms"});
  met &= report({"memory after that", resident_mib(), 100, "MiB"});
  const auto scratch = open("scratch.db");
  fmt::print("a commit of one row and one event: {:.2f} ms\n",
             commit_once(*scratch, manager.snapshot()));
  fmt::print("a step that changes nothing that is kept: {:.1f} us to see that\n",
             compare_only(*scratch, manager.snapshot()));
  return met;
}

int run(seconds watched) {
  LabConfig lab = large_lab();
  lab.host_daemon_port = kDaemonPort;
  int last = 11;
  for (NodeConfig& node : lab.nodes) {
    node.nics = {{.device = "eth0", .address = "127.0.0." + std::to_string(last++) + "/8"}};
  }
  const pid_t hosts = start_hosts(lab);
  const std::filesystem::path directory = make_temporary_directory();
  const bool met = measure(lab, directory.string(), watched);
  std::filesystem::remove_all(directory);
  ::kill(hosts, SIGKILL);
  return met ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace splitsite::reference

// Seconds to watch the idle Manager for: 60 when not said.
int main(int argc, char** argv) {
  return splitsite::reference::run(std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 60));
}
