#include "topologies/reference/manager/simulation/loopback_hosts.hpp"

#include <httplib.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace splitsite::reference {

struct LoopbackHosts::Daemon {
  Daemon(std::string name, int id, SimulatedLockspace& lockspace, const TimingConfig& timing)
      : host(std::move(name), id, lockspace, timing) {}
  SimulatedHost host;
  httplib::Server server;
  std::thread thread;
};

LoopbackHosts::LoopbackHosts(LabConfig& lab, int faster)
    : faster_(faster),
      start_(steady_clock().now() - std::chrono::hours(1) / faster),
      lockspace_(lab.timing) {
  // All on one port, as in the lab: the first one says which is free.
  int last = 11;
  for (NodeConfig& node : lab.nodes) {
    const std::string address = "127.0.0." + std::to_string(last++);
    node.nics = {{.device = "eth0", .address = address + "/8"}};
    auto& daemon = daemons_[node.name.str()];
    daemon = std::make_unique<Daemon>(node.name.str(), node.host_id, lockspace_, lab.timing);
    serve(*daemon, address, lab.host_daemon_port);
  }
}

LoopbackHosts::~LoopbackHosts() {
  for (auto& [name, daemon] : daemons_) power_off(name);
}

void LoopbackHosts::power_off(const std::string& name) {
  Daemon& daemon = *daemons_.at(name);
  daemon.server.stop();
  if (daemon.thread.joinable()) daemon.thread.join();
  const std::lock_guard lock(mutex_);
  daemon.host.power_off();
}

int LoopbackHosts::copies(const VmId& vm) {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::count_if(daemons_.begin(), daemons_.end(), [&](const auto& daemon) {
    return daemon.second->host.runs(vm);
  }));
}

Instant LoopbackHosts::host_time() const {
  return Instant((steady_clock().now() - start_) * faster_);
}

void LoopbackHosts::serve(Daemon& daemon, const std::string& address, std::uint16_t& port) {
  daemon.server.Post(rpc::kPath, [&](const httplib::Request& request, httplib::Response& out) {
    const std::lock_guard lock(mutex_);
    for (auto& [name, other] : daemons_) other->host.pass_time(host_time());
    const auto asked = rpc::decode_request(request.body);
    if (!asked) return void(out.status = 400);
    out.set_content(rpc::encode(daemon.host.handle(asked.value(), host_time())),
                    "application/json");
  });
  bool bound = true;
  if (port == 0) {
    port = static_cast<std::uint16_t>(daemon.server.bind_to_any_port(address.c_str()));
  } else {
    bound = daemon.server.bind_to_port(address.c_str(), port);
  }
  if (!bound) {
    std::fprintf(stderr, "%s:%d is in use\n", address.c_str(), port);
    std::abort();
  }
  daemon.thread = std::thread([&daemon] { daemon.server.listen_after_bind(); });
}

}  // namespace splitsite::reference
