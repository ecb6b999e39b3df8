// splitsite-restart-service: restarts a host's daemon when the Manager asks for it (soft fencing).
// oVirt does that by SSH; here it is a process of its own that shares nothing with the daemon but
// its wire format, so that a daemon that hangs or is gone does not take it along. No SSH server,
// because an image, a key and a shell for one command is more than the command.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "harness/lab/description/lab_config.hpp"
#include "topologies/reference/daemon/daemon.hpp"
#include "topologies/reference/hostd/rpc_server.hpp"
#include "topologies/reference/restart_service/daemon_restart.hpp"

namespace {

using namespace splitsite;
using namespace splitsite::reference;

rpc::Reply error(rpc::Code code, const std::string& why) {
  return rpc::Error{.code = static_cast<int>(code), .message = why};
}

// One restart at a time: a second one would end the daemon that the first has just started.
rpc::Reply answer(const rpc::Request& request, const DaemonRestart& restart, std::mutex& mutex) {
  if (!std::holds_alternative<rpc::RestartDaemon>(request)) {
    return error(rpc::Code::NotImplemented, "the host daemon answers this, on its own port");
  }
  const std::lock_guard lock(mutex);
  const auto done = restart_daemon(restart, steady_clock());
  fmt::print(stderr, "restart of {}: {}\n", restart.program,
             done ? "done" : done.error().message());
  if (done) return rpc::Done{};
  return error(rpc::Code::Unexpected, done.error().message());
}

int serve(const std::string& lab_file, const DaemonRestart& restart) {
  const EndSignals signals;
  const auto lab = read_lab_config(lab_file);
  if (!lab) {
    fmt::print(stderr, "{}\n", lab.error().message());
    return EXIT_FAILURE;
  }
  std::mutex mutex;
  const auto server = hostd::RpcServer::listen(
      "0.0.0.0", lab.value().restart_service_port,
      [&](const rpc::Request& request) { return answer(request, restart, mutex); });
  if (!server) {
    fmt::print(stderr, "{}\n", server.error().message());
    return EXIT_FAILURE;
  }
  signals.wait();
  std::_Exit(EXIT_SUCCESS);
}

}  // namespace

int main(int argc, char** argv) {
  std::string lab = "/lab/lab.json";
  DaemonRestart restart{.program = "splitsite-hostd"};
  CLI::App app{"Restarts a host's daemon when the Manager asks for it"};
  app.add_option("--lab", lab, "The lab's description")->capture_default_str();
  app.add_option("--program", restart.program, "The daemon's executable")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return serve(lab, restart);
}
