// Fence agents as programs of this node, found in PATH.
#pragma once

#include "topologies/reference/hostd/ports.hpp"

namespace splitsite::reference::hostd {

class FenceAgentPrograms final : public FenceAgents {
 public:
  Result<AgentOutcome> run(const std::string& program, const std::string& input,
                           Duration bound) override;
};

}  // namespace splitsite::reference::hostd
