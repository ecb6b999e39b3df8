// The prober against a whole agent that measures the way to itself, in a network of the test's own.
#include "harness/stage/agent_prober.hpp"

#include <thread>

#include "harness/stage/stream_clock.hpp"
#include "harness/stage/testing_one_node.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

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
