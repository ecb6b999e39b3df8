// One whole agent in a network of the test's own, and the harness's end of it. Linked by tests
// only.
#pragma once

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <memory>
#include <thread>

#include "harness/agent/agent.hpp"
#include "harness/agent/testing.hpp"
#include "harness/lab/agents.hpp"
#include "harness/lab/description/lab_config.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {

inline const NodeId kNode("host-a1");

// Only the calling thread and those it starts later are moved. False: the machine does not allow
// it.
inline bool enter_own_network() {
  if (::unshare(CLONE_NEWNET) != 0) return false;
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq loopback{};
  loopback.ifr_name[0] = 'l';
  loopback.ifr_name[1] = 'o';
  loopback.ifr_flags = IFF_UP | IFF_RUNNING;
  return ::ioctl(socket.get(), SIOCSIFFLAGS, &loopback) == 0;
}

inline LabConfig config_of_one_node() {
  LabConfig config;
  NodeConfig node{.name = kNode, .role = NodeRole::Host, .site = SiteId("a")};
  node.nics = {{.device = "lo", .network = "site-a", .mac = "", .address = "127.0.0.1/8"}};
  config.nodes.push_back(node);
  return config;
}

struct OneNode {
  agent::testing::Folder folder;
  LabConfig config = config_of_one_node();
  std::unique_ptr<EventLoop> loop = std::move(EventLoop::create().value());
  std::unique_ptr<agent::Agent> running;
  std::thread thread;
  std::unique_ptr<Agents> agents;

  OneNode() {
    std::filesystem::create_directory(folder.path / kNode.str());
    const auto steps = (folder.path / "steps").string();
    const auto socket = (folder.path / kNode.str() / "agent.sock").string();
    running = std::move(agent::Agent::start(*loop, {.node = kNode.str(),
                                                    .channel = socket,
                                                    .steps_file = steps,
                                                    .journals = folder.path.string()})
                            .value());
    thread = std::thread([this] { loop->run(); });
    agents = std::move(Agents::connect({kNode}, folder.path.string()).value());
  }
  ~OneNode() {
    agents.reset();
    loop->post([this] { loop->stop(); });
    thread.join();
    running.reset();
  }
  bool answers() {
    const Wait wait{.what = "the agent to answer", .bound = std::chrono::seconds(20)};
    return eventually<bool>(steady_clock(), wait,
                            [&]() -> Probed<bool> {
                              if ((*agents)[kNode].status().answering) return true;
                              return NotYet{"it does not answer"};
                            })
        .has_value();
  }
};

}  // namespace splitsite
