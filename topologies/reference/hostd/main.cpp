// splitsite-hostd: the host daemon of the reference cluster, in VDSM's place. Builds the real ports
// and serves until it is told to end, or sanlock ends it because the SPM lease was lost. It ends at
// once, with calls into libvirt still open: what they asked for goes on in libvirtd, and the next
// daemon finds it there. Leases of this process are released by its end.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "topologies/reference/daemon/daemon.hpp"
#include "topologies/reference/hostd/fence_agents.hpp"
#include "topologies/reference/hostd/ha_agent_files.hpp"
#include "topologies/reference/hostd/host_daemon.hpp"
#include "topologies/reference/hostd/libvirt_hypervisor.hpp"
#include "topologies/reference/hostd/log.hpp"
#include "topologies/reference/hostd/node_machine.hpp"
#include "topologies/reference/hostd/rpc_server.hpp"
#include "topologies/reference/hostd/sanlock_leases.hpp"

namespace splitsite::reference::hostd {
namespace {

struct Options {
  std::string lab = "/lab/lab.json";
  std::string node;
  std::string listen = "0.0.0.0";
};

Acceleration probe_acceleration() {
  if (::access("/dev/kvm", R_OK | W_OK) == 0) return Acceleration::Kvm;
  log_error("no /dev/kvm on this host: guests are EMULATED, ten times slower than they should be");
  return Acceleration::Emulated;
}

[[noreturn]] void end_daemon(const std::string& why) {
  log_error(fmt::format("ending, to be started anew: {}", why));
  std::_Exit(EXIT_FAILURE);
}

Result<void> serve(const Options& options) {
  const EndSignals signals;
  SPLITSITE_TRY(const LabConfig lab, read_lab_config(options.lab));
  const NodeConfig* node = lab.find_node(NodeId(options.node));
  if (node == nullptr || node->role != NodeRole::Host)
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "serve as host daemon",
                 .subject = options.node,
                 .why = "the lab has no host of this name"};
  const HostPaths paths;
  SPLITSITE_TRY(auto sanlock, sanlock_options(lab, paths));
  std::error_code ignored;
  std::filesystem::create_directories(paths.console_dir, ignored);

  LibvirtHypervisor hypervisor({.console_dir = paths.console_dir});
  SanlockLeases leases(sanlock);
  BlockLun lun(paths.lun, lab.storage.lockspace_offset);
  NodeMachine machine;
  FenceAgentPrograms fence_agents;
  HaAgentFiles ha_agent(lab, node->name, steady_clock());
  HostDaemon daemon({.lab = lab,
                     .node = node->name,
                     .timers = timers_of(lab.timing),
                     .acceleration = probe_acceleration(),
                     .paths = paths},
                    {hypervisor, leases, lun, machine, fence_agents, ha_agent}, steady_clock(),
                    end_daemon);
  SPLITSITE_TRY(const RpcServer server, RpcServer::listen(options.listen, lab.host_daemon_port,
                                                          [&](const rpc::Request& request) {
                                                            return daemon.handle(request);
                                                          }));
  log_info(fmt::format("serving {} on {}:{}", node->name, options.listen, server.port()));
  const int number = signals.wait();
  log_info(fmt::format("signal {}: ending", number));
  std::_Exit(EXIT_SUCCESS);
}

int run(int argc, char** argv) {
  Options options{.node = host_name()};
  CLI::App app{"Host daemon of the Splitsite reference cluster"};
  app.add_option("--lab", options.lab, "The lab's description")->capture_default_str();
  app.add_option("--node", options.node, "This node's name")->capture_default_str();
  app.add_option("--listen", options.listen, "Address to listen on")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const auto served = serve(options);
  log_error(served.error().message());
  return EXIT_FAILURE;
}

}  // namespace
}  // namespace splitsite::reference::hostd

int main(int argc, char** argv) { return splitsite::reference::hostd::run(argc, argv); }
