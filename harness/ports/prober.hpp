// Port: measuring from inside the lab, from a node's own point of view.
#pragma once

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

class Prober {
 public:
  virtual ~Prober() = default;

  // ICMP echo from `from` to an IPv4 address. No answer at all is a result, not an error; an error
  // means that nothing could be measured.
  virtual Result<PingResult> ping(const NodeId& from, const std::string& address,
                                  const PingPlan& plan) = 0;
};

}  // namespace splitsite
