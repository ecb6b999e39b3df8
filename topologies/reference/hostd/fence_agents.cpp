#include "topologies/reference/hostd/fence_agents.hpp"

#include "harness/adapters/process/process.hpp"

namespace splitsite::reference::hostd {

Result<AgentOutcome> FenceAgentPrograms::run(const std::string& program, const std::string& input,
                                             Duration bound) {
  SPLITSITE_TRY(
      const process::Outcome outcome,
      process::run({.program = program, .arguments = {}, .input = input, .bound = bound}));
  return AgentOutcome{.exit_code = outcome.exit_code,
                      .words = outcome.output + outcome.error_output};
}

}  // namespace splitsite::reference::hostd
