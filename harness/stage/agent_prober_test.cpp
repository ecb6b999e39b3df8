// The prober against a whole agent that measures the way to itself, in a network of the test's own.
#include "harness/stage/agent_prober.hpp"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <thread>

#include "harness/agent/agent.hpp"
#include "harness/agent/testing.hpp"
#include "harness/stage/stream_clock.hpp"
#include "harness/time/eventually.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

const NodeId kNode("host-a1");

// Only the calling thread and those it starts later are moved. False: the machine does not allow
// it.
bool enter_own_network() {
  if (::unshare(CLONE_NEWNET) != 0) return false;
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq loopback{};
  loopback.ifr_name[0] = 'l';
  loopback.ifr_name[1] = 'o';
  loopback.ifr_flags = IFF_UP | IFF_RUNNING;
  return ::ioctl(socket.get(), SIOCSIFFLAGS, &loopback) == 0;
}

LabConfig config_of_one_node() {
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
    const Wait wait{.what = "the agent to answer", .bound = 20s};
    return eventually<bool>(steady_clock(), wait,
                            [&]() -> Probed<bool> {
                              if ((*agents)[kNode].status().answering) return true;
                              return NotYet{"it does not answer"};
                            })
        .has_value();
  }
};

TEST_CASE("Streams, connections and flows come back from the agents as they went") {
  bool allowed = false;
  // A thread of its own: the network it enters ends with it.
  std::thread([&] {
    allowed = enter_own_network();
    if (!allowed) return;
    OneNode one;
    CHECK(one.answers());
    AgentProber prober(*one.agents, one.config);

    const auto stream = prober.stream({.from = kNode, .to = kNode, .count = 50, .interval = 2ms});
    CHECK(stream.has_value());
    if (stream) {
      CHECK(describe(stream.value()) == "50 of 50 arrived");
      CHECK(stream.value().transits.size() == 50);
      CHECK(stream.value().arrival_span >= 90ms);
    }
    const auto offset = stream_clock_offset((*one.agents)[kNode]);
    CHECK(offset.has_value());
    if (offset) {
      const auto again = stream_clock_offset((*one.agents)[kNode]).value();
      CHECK(std::chrono::abs(again - offset.value()) < 100ms);
    }
    using Outcome = ConnectResult::Outcome;
    const auto open = prober.connect(kNode, kNode, Network::Site, 5s);
    CHECK((open.has_value() && open.value().outcome == Outcome::Connected));
    const auto unheard = prober.connect_to_port(kNode, kNode, Network::Site, 3260, 5s);
    CHECK((unheard.has_value() && unheard.value().outcome == Outcome::Refused));

    const auto flow = prober.open_flow(kNode, kNode, Network::Site);
    CHECK(flow.has_value());
    if (flow) {
      const auto answer = prober.exchange(flow.value(), 5s);
      CHECK((answer.has_value() && answer.value().outcome == FlowResult::Outcome::Answered));
      CHECK(prober.close_flow(flow.value()).has_value());
      CHECK(prober.exchange(flow.value(), 1s).has_error());
    }
    CHECK(prober.connect(kNode, kNode, Network::Replication, 1s).has_error());
  }).join();
  if (!allowed) WARN("skipped: this machine gives the test no network of its own");
}

}  // namespace
}  // namespace splitsite
