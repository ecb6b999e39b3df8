// splitsite-witness: decides which half of the replicated storage may be written when the halves
// lose each other. Runs on the third site.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "topologies/reference/witness/server.hpp"

int main(int argc, char** argv) {
  using namespace splitsite;
  std::string address = "0.0.0.0";
  std::uint16_t port = 7100;
  std::string state = "/run/splitsite/witness.json";
  CLI::App app{"Decides which half of the replicated storage may be written."};
  app.add_option("--listen", address, "IPv4 address to listen on")->capture_default_str();
  app.add_option("--port", port, "TCP port")->capture_default_str();
  app.add_option("--state", state, "file that remembers the holders")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  std::signal(SIGPIPE, SIG_IGN);
  auto loop = EventLoop::create();
  if (!loop) {
    std::fprintf(stderr, "splitsite-witness: %s\n", loop.error().message().c_str());
    return 1;
  }
  const auto server =
      reference::WitnessServer::listen(*loop.value(), address, port, reference::StateFile(state));
  if (!server) {
    std::fprintf(stderr, "splitsite-witness: %s\n", server.error().message().c_str());
    return 1;
  }
  loop.value()->run();
  return 0;
}
