// splitsite-ha-agent: keeps a self-hosted engine alive, one on each host that can run it; also what
// `hosted-engine --set-maintenance` is for. Ends at once on SIGTERM, after saying so on storage: a
// stopped agent's host has score 0.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "harness/time/eventually.hpp"
#include "topologies/reference/daemon/daemon.hpp"
#include "topologies/reference/ha_agent/core/metadata.hpp"
#include "topologies/reference/ha_agent/core/report.hpp"
#include "topologies/reference/ha_agent/edge/agent.hpp"
#include "topologies/reference/ha_agent/edge/node.hpp"
#include "topologies/reference/hostd/log.hpp"

namespace splitsite::reference::ha {
namespace {

using namespace std::chrono_literals;

struct Options {
  std::string lab = "/lab/lab.json";
  std::string node;
  std::string maintenance;
};

int highest_host_id(const LabConfig& lab) {
  int highest = 0;
  for (const NodeConfig& node : lab.nodes) highest = std::max(highest, node.host_id);
  return highest;
}

Result<const NodeConfig*> capable_host(const LabConfig& lab, const std::string& name) {
  const NodeConfig* node = lab.find_node(NodeId(name));
  const bool capable =
      lab.hosted_engine && node != nullptr &&
      std::count(lab.hosted_engine->hosts.begin(), lab.hosted_engine->hosts.end(), node->name) > 0;
  if (capable) return node;
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "run the HA agent on",
               .subject = name,
               .why = "the lab has no self-hosted engine that could run there"};
}

hostd::SanlockOptions lockspace_of(const LabConfig& lab, const hostd::HostPaths& paths) {
  return {.lockspace = "hosted-engine",
          .device = paths.lun,
          .lockspace_offset = lab.hosted_engine->lockspace_offset,
          .io_timeout =
              std::chrono::duration_cast<std::chrono::seconds>(lab.timing.sanlock_io_timeout)};
}

Result<void> serve(const Options& options) {
  const EndSignals signals;
  SPLITSITE_TRY(const LabConfig lab, read_lab_config(options.lab));
  SPLITSITE_TRY(const NodeConfig* node, capable_host(lab, options.node));
  const HostedEngineConfig& engine = *lab.hosted_engine;
  const hostd::HostPaths paths;
  const Timers timers = timers_of(lab.timing);
  LunDisk disk(paths.lun, engine.metadata_offset, highest_host_id(lab));
  StorageThread storage(disk, node->host_id, steady_clock(), timers.loop, 3 * timers.loop);
  DaemonRpc daemon(lab.host_daemon_port);
  HostedLockspace lockspace(lockspace_of(lab, paths), node->host_id);
  LocalNode local({.bridge = paths.bridge,
                   .gateway = engine.gateway,
                   .engine_page = fmt::format("https://{}:{}/ovirt-engine/services/health",
                                              lab.manager_address, lab.manager_port)},
                  timers.loop);
  Agent agent({.rules = {.host_id = node->host_id,
                         .engine_memory_mib = engine.vm.memory_mib,
                         .timers = timers},
               .hostname = node->name.str()},
              {daemon, lockspace, local}, storage, steady_clock());
  hostd::log_info(fmt::format("HA agent of {}, host id {}", node->name, node->host_id));
  while (!signals.wait_for(agent.turn())) {
  }
  agent.stop();
  const Wait written{.what = "the last word to be on storage", .bound = 2s};
  const auto said =
      eventually<std::monostate>(steady_clock(), written, [&]() -> Probed<std::monostate> {
        if (storage.all_written()) return std::monostate();
        return NotYet{"it is being written"};
      });
  hostd::log_info(said ? "ended" : said.error().message());
  std::_Exit(EXIT_SUCCESS);  // the storage thread may hang for as long as storage does
}

Result<void> set_global(const LabConfig& lab, bool set) {
  if (!lab.hosted_engine)
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "set global maintenance in",
                 .subject = lab.name,
                 .why = "it has no self-hosted engine"};
  LunDisk disk(hostd::HostPaths{}.lun, lab.hosted_engine->metadata_offset, highest_host_id(lab));
  return disk.write(0, encode_global_block(set));
}

// As `hosted-engine --set-maintenance --mode=…`: none ends all kinds.
Result<void> set_maintenance(const Options& options) {
  SPLITSITE_TRY(const LabConfig lab, read_lab_config(options.lab));
  std::error_code ignored;
  if (options.maintenance == "local") {
    std::ofstream(kManualMaintenancePath) << "local maintenance\n";
    return success();
  }
  if (options.maintenance == "none") {
    std::filesystem::remove(kMaintenancePath, ignored);
    std::filesystem::remove(kManualMaintenancePath, ignored);
  }
  return set_global(lab, options.maintenance == "global");
}

int run(int argc, char** argv) {
  Options options{.node = host_name()};
  CLI::App app{"HA agent of a self-hosted engine in the Splitsite reference cluster"};
  app.add_option("--lab", options.lab, "The lab's description")->capture_default_str();
  app.add_option("--node", options.node, "This node's name")->capture_default_str();
  app.add_option("--set-maintenance", options.maintenance, "Set a maintenance mode and end")
      ->check(CLI::IsMember({"local", "global", "none"}));
  CLI11_PARSE(app, argc, argv);
  const auto outcome = options.maintenance.empty() ? serve(options) : set_maintenance(options);
  if (outcome) return EXIT_SUCCESS;
  hostd::log_error(outcome.error().message());
  return EXIT_FAILURE;
}

}  // namespace
}  // namespace splitsite::reference::ha

int main(int argc, char** argv) { return splitsite::reference::ha::run(argc, argv); }
