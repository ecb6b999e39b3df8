// splitsite-agent: the harness's hands and eyes in one node of the lab, out of band of every fault.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <cstdio>

#include "harness/agent/agent.hpp"

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

int fail(const splitsite::Error& error) {
  std::fprintf(stderr, "splitsite-agent: %s\n", error.message().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace splitsite;
  agent::AgentSetting setting;
  setting.node = host_name();
  std::string lab_file = "/lab/lab.json";
  CLI::App app{"Applies faults in one node of the lab and reports what is true there."};
  app.add_option("--channel", setting.channel,
                 "virtio-serial port by name, character device, or path for a unix socket")
      ->capture_default_str();
  app.add_option("--node", setting.node, "this node's name")->capture_default_str();
  app.add_option("--lab", lab_file, "the lab's description")->capture_default_str();
  app.add_option("--steps", setting.steps_file, "steps of the boot")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  std::signal(SIGPIPE, SIG_IGN);
  auto lab = read_lab_config(lab_file);
  if (lab) {
    setting.lab = std::move(lab.value());
  } else {
    // Still worth running: it is how one learns what is wrong with the node.
    std::fprintf(stderr, "splitsite-agent: %s\n", lab.error().message().c_str());
  }
  auto loop = EventLoop::create();
  if (!loop) return fail(loop.error());
  const auto running = agent::Agent::start(*loop.value(), std::move(setting));
  if (!running) return fail(running.error());
  loop.value()->run();
  return 0;
}
