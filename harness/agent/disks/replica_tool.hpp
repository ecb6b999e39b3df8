// DRBD's own programs, run by the storage node's agent. Their words on stderr are the reason when
// they fail.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/core/result.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

class ReplicaTool {
 public:
  using Words = std::vector<std::string>;  // program first

  virtual ~ReplicaTool() = default;
  // Waits for the program: some 100 ms on an emulated node, at most eight seconds on a busy one.
  virtual Result<void> run(const Words& command) = 0;
  // Does not wait: what takes half a second in an emulated node must not hold up the agent. Only
  // one at a time; another meanwhile is not begun, and nothing is wrong with that.
  virtual Result<void> begin(const Words& command) = 0;
};

class DrbdTool final : public ReplicaTool {
 public:
  // `loop` outlives the tool. What begun programs say is added to `log`.
  DrbdTool(EventLoop& loop, std::string log) : loop_(loop), log_(std::move(log)) {}
  ~DrbdTool() override;
  Result<void> run(const Words& command) override;
  Result<void> begin(const Words& command) override;

 private:
  EventLoop& loop_;
  std::string log_;
  UniqueFd begun_;  // a pidfd, while a begun program runs
};

}  // namespace splitsite::agent
