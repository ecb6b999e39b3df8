// Port between the REST API and the Manager's runtime. Called from any thread of the API server.
#pragma once

#include "harness/core/result.hpp"
#include "topologies/reference/manager/core/command.hpp"
#include "topologies/reference/manager/core/state.hpp"

namespace splitsite::reference {

class ManagerPort {
 public:
  virtual ~ManagerPort() = default;

  // The state after the last finished step: never half a change.
  virtual ClusterState snapshot() const = 0;
  // Returns when the core has judged the command, normally within milliseconds. An Error means the
  // Manager is stopping (ErrorKind::Interrupted) or did not answer in time (TimedOut): HTTP 503.
  // `context` is carried into the events and the job that the command causes.
  virtual Result<CommandReply> submit(const Command& command,
                                      const CommandContext& context = {}) = 0;
};

}  // namespace splitsite::reference
