// A fence agent that answers what the test says, and remembers what it was given.
#pragma once

#include "topologies/reference/hostd/ports.hpp"

namespace splitsite::reference::hostd {

struct FakeFenceAgents final : FenceAgents {
  Result<AgentOutcome> answer = AgentOutcome{};
  std::vector<std::string> programs;
  std::string last_input;

  Result<AgentOutcome> run(const std::string& program, const std::string& input,
                           Duration) override {
    programs.push_back(program);
    last_input = input;
    return answer;
  }
};

}  // namespace splitsite::reference::hostd
