// "cpu.starve": real-time spinners take a share of every CPU from all that run beside them.
// {share_percent, spare: "realtime" (daemons at real-time priority keep their time) | "nothing"}
// The agent keeps above the spinners as far as it can, because it is no part of the node's load.
// observe {for_ms} -> {cpu_ns, wall_ns} of a process at nice -20 that wanted the CPU all the time.
#pragma once

#include <map>

#include "harness/agent/changes/change.hpp"
#include "harness/agent/changes/node/helper.hpp"
#include "harness/core/handle.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

class CpuStarvation final : public Change {
 public:
  explicit CpuStarvation(EventLoop& loop) : loop_(loop) {}
  ~CpuStarvation() override;

  Result<Json> prepare(const Json& arguments) override;
  Result<Json> apply(const Json& arguments, Json& remembered) override;
  Result<void> revert(const Json& remembered) override;
  Result<Json> observe(const Json& arguments) override;  // refused: it takes time
  void observe_later(const Json& arguments, const Answer& answer) override;
  bool outlives_agent() const override { return false; }

 private:
  struct Sample {
    UniqueFd result;
    Helper helper;
    Answer answer;
    EventLoop::TimerId limit = 0;
  };
  Result<Sample> start_sample(const Json& arguments);
  void finish(int fd);

  EventLoop& loop_;
  std::map<int, Sample> samples_;  // by the descriptor their result comes from
};

}  // namespace splitsite::agent
