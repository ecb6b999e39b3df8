// splitsite-manager: the reference cluster's Manager on its node. Reads the lab's description,
// polls the hosts, serves the oVirt REST API, and writes its audit log to the console.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "topologies/reference/daemon/daemon.hpp"
#include "topologies/reference/manager/api/api_server.hpp"
#include "topologies/reference/manager/core/restart.hpp"
#include "topologies/reference/manager/runtime/manager.hpp"
#include "topologies/reference/manager/store/state_store.hpp"

namespace splitsite::reference {
namespace {

struct Options {
  std::string lab = "/lab/lab.json";
  std::string password_file;
  std::string listen = "0.0.0.0";
  std::string directory = "/var/lib/splitsite-manager";
  std::string database;  // empty: in the directory
  std::uint64_t seed = 1;
  bool unsafe_start_without_lease = false;
};

void say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

std::string audit_line(const AuditEvent& event, Instant started) {
  const std::chrono::duration<double> since = event.at - started;
  return fmt::format("manager: +{:.3f}s {:<7} {:>5} {}", since.count(), to_string(event.severity),
                     event.code, event.description);
}

// The first line of the file; "splitsite" when no file is named.
Result<std::string> read_password(const std::string& path) {
  if (path.empty()) return std::string("splitsite");
  std::ifstream file(path);
  std::string password;
  if (std::getline(file, password) && !password.empty()) return password;
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "read the password",
               .subject = path,
               .why = "the file has no first line"};
}

std::vector<std::string> server_names(const LabConfig& lab) {
  std::vector<std::string> names = {"localhost", "127.0.0.1", lab.manager_address};
  for (const NodeConfig& node : lab.nodes) {
    if (node.role != NodeRole::Manager) continue;
    names.push_back(node.name.str());
    if (node.site_address() != lab.manager_address) names.push_back(node.site_address());
  }
  return names;
}

struct KeptManager {
  std::unique_ptr<StateStore> store;
  Manager::Start start;
};

// From the database where there is one; what a restart makes of it is in it before anybody asks.
Result<KeptManager> begin(const Options& options, const LabConfig& lab, const ManagerOptions& how,
                          const Clock& clock) {
  std::error_code failed;
  std::filesystem::create_directories(options.directory, failed);
  const std::string path =
      options.database.empty() ? options.directory + "/manager.db" : options.database;
  KeptManager kept;
  SPLITSITE_TRY(kept.store, StateStore::open(path, lab.name));
  kept.start = {.state = initial_state(lab, how, clock.now()), .store = kept.store.get()};
  const TimeBase time = TimeBase::now();
  SPLITSITE_TRY(const bool found, kept.store->load(kept.start.state, time));
  if (found) kept.start.calls = begin_again(kept.start.state, clock.now()).calls;
  SPLITSITE_TRY_VOID(kept.store->save(kept.start.state, time));
  say(fmt::format("manager: database {} {}", path, found ? "read" : "made"));
  return kept;
}

Result<void> serve(const Options& options) {
  const EndSignals signals;
  SPLITSITE_TRY(const LabConfig lab, read_lab_config(options.lab));
  SPLITSITE_TRY(const std::string password, read_password(options.password_file));
  Clock& clock = steady_clock();
  const Instant started = clock.now();
  const ManagerOptions how{.seed = options.seed,
                           .unsafe_start_without_lease = options.unsafe_start_without_lease ||
                                                         lab.manager_starts_without_lease};
  if (how.unsafe_start_without_lease) {
    say("manager: UNSAFE: unknown VMs are restarted without their lease; for tests of the oracles");
  }
  SPLITSITE_TRY(KeptManager kept, begin(options, lab, how, clock));
  std::atomic<bool> store_lost = false;
  kept.start.lost = [&](const Error& error) {
    say("manager: " + error.message());
    store_lost = true;
    ::kill(::getpid(), SIGTERM);
  };
  Manager manager(lab, std::move(kept.start), clock,
                  [started](const AuditEvent& event) { say(audit_line(event, started)); });
  SPLITSITE_TRY(const auto api, ApiServer::start({.listen_address = options.listen,
                                                  .port = lab.manager_port,
                                                  .names = server_names(lab),
                                                  .directory = options.directory,
                                                  .account = {.password = password}},
                                                 manager, clock));
  say(fmt::format("manager: serving {} on port {}", lab.name, api->port()));
  signals.wait();
  say("manager: ending");
  if (!store_lost) return success();
  return Error{.attempted = "go on", .subject = lab.name, .why = "the database is lost"};
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app{"Manager of the Splitsite reference cluster"};
  app.add_option("--lab", options.lab, "The lab's description")->capture_default_str();
  app.add_option("--password-file", options.password_file,
                 "File with the password of admin@internal in its first line");
  app.add_option("--listen", options.listen, "Address to listen on")->capture_default_str();
  app.add_option("--directory", options.directory, "Where the CA and server certificate are kept")
      ->capture_default_str();
  app.add_option("--database", options.database,
                 "Where the state is kept (default: manager.db in the directory)");
  app.add_option("--seed", options.seed, "Decides ties")->capture_default_str();
  app.add_flag("--unsafe-start-without-lease", options.unsafe_start_without_lease,
               "Break the product: restart unknown VMs without their lease (tests only)");
  CLI11_PARSE(app, argc, argv);
  const auto served = serve(options);
  if (served) return EXIT_SUCCESS;
  say("manager: " + served.error().message());
  return EXIT_FAILURE;
}

}  // namespace
}  // namespace splitsite::reference

int main(int argc, char** argv) { return splitsite::reference::run(argc, argv); }
