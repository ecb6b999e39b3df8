// What a host's HA agent says of itself, in virtual time: it sees with its next loop what it was
// told. Its decisions have a simulation of their own (ha_agent/simulation).
#pragma once

#include "harness/time/clock.hpp"
#include "topologies/reference/rpc/host_stats.hpp"

namespace splitsite::reference {

class SimulatedHaAgent {
 public:
  int score = 3400;  // outside local maintenance
  bool runs = true;
  bool refuses = false;  // to be told anything
  bool global_maintenance = false;

  bool tell(bool local_maintenance) {
    if (!refuses) told_ = local_maintenance;
    return !refuses;
  }
  bool told() const { return told_; }
  void pass_time(Instant now) {
    if (!runs || now < next_loop_) return;
    next_loop_ = now + std::chrono::seconds(10);
    obeys_ = told_;
  }
  rpc::HaStats stats() const {
    if (!runs) return {.configured = true};
    return {.configured = true,
            .active = true,
            .score = obeys_ ? 0 : score,
            .global_maintenance = global_maintenance,
            .local_maintenance = obeys_};
  }

 private:
  bool told_ = false;
  bool obeys_ = false;
  Instant next_loop_{};
};

}  // namespace splitsite::reference
