// Port: measuring from inside the lab, from a node's own point of view.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/core/id.hpp"
#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite {

struct PingPlan {
  int count = 10;
  Duration interval = std::chrono::milliseconds(50);
  Duration timeout = std::chrono::milliseconds(500);  // for each answer
};

struct PingResult {
  int sent = 0;
  int received = 0;
  std::vector<Duration> round_trips;  // of the answers, in order of arrival
};

// The median, or nothing if no answer came.
Duration median_round_trip(const PingResult& result);
std::string describe(const PingResult& result);  // "10 of 10 answered, median 8.4 ms"

enum class Network { Site, Replication };

// TCP, in every node: the agent's echo service, which connect() and open_flow() go to.
inline constexpr std::uint16_t kEchoPort = 7301;

// Numbered datagrams one way, so that each direction of a link is measured by itself.
struct StreamPlan {
  NodeId from;
  NodeId to;
  Network network = Network::Site;
  int count = 100;
  Duration interval = std::chrono::milliseconds(5);  // zero: as fast as the sender can
  int payload_bytes = 64;                            // 32 to 60000; never fragmented up to the MTU
  Duration settle = std::chrono::milliseconds(500);  // how long to wait for stragglers
};

struct StreamResult {
  int sent = 0;
  int received = 0;  // different ones that arrived as they were sent
  int duplicates = 0;
  int corrupted = 0;  // arrived with another content, so their numbers count as missing
  int overtaken = 0;  // arrived after one with a higher number
  int gaps = 0;       // runs of missing numbers: few for many missing means bursts
  // From sending to arrival, the two nodes' clocks aligned to a millisecond or so, by an error that
  // is the same for a whole stream. In order of number; of a long stream 4000, evenly chosen.
  std::vector<Duration> transits;
  Duration arrival_span{};  // from the first arrival to the last
};

struct ConnectResult {
  enum class Outcome { Connected, Refused, Unreachable, TimedOut };
  Outcome outcome = Outcome::TimedOut;
  Duration took{};
};

// A TCP connection between the agents of two nodes that is already open.
struct FlowId {
  NodeId from;
  std::string id;
};

struct FlowResult {
  enum class Outcome { Answered, Silent, Broken };  // Broken: reset or closed
  Outcome outcome = Outcome::Silent;
  Duration took{};
};

std::string describe(const StreamResult& result);   // "97 of 100 arrived, 1 twice"
std::string describe(const ConnectResult& result);  // "refused after 3.1 ms"
std::string describe(const FlowResult& result);     // "silent after 500 ms"

class Prober {
 public:
  virtual ~Prober() = default;

  // ICMP echo from `from` to an IPv4 address. No answer at all is a result, not an error; an error
  // means that nothing could be measured.
  virtual Result<PingResult> ping(const NodeId& from, const std::string& address,
                                  const PingPlan& plan) = 0;
  virtual Result<StreamResult> stream(const StreamPlan& plan) = 0;
  // A new TCP connection to the agent of `to`, given up after `timeout`.
  virtual Result<ConnectResult> connect(const NodeId& from, const NodeId& to, Network network,
                                        Duration timeout) = 0;
  // The same to a service of `to`: "is its iSCSI portal reached".
  virtual Result<ConnectResult> connect_to_port(const NodeId& from, const NodeId& to,
                                                Network network, int port, Duration timeout) = 0;
  virtual Result<FlowId> open_flow(const NodeId& from, const NodeId& to, Network network) = 0;
  // The same to a service of `to`, which need not understand what exchange() says.
  virtual Result<FlowId> open_flow_to_port(const NodeId& from, const NodeId& to, Network network,
                                           int port) = 0;
  // One small message there and back.
  virtual Result<FlowResult> exchange(const FlowId& flow, Duration timeout) = 0;
  virtual Result<void> close_flow(const FlowId& flow) = 0;
};

}  // namespace splitsite
