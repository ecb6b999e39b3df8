// What enters the decision core and what leaves it. Everything that happens outside is one Input;
// everything the core wants done outside is one Call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "topologies/reference/manager/core/command.hpp"
#include "topologies/reference/manager/core/state.hpp"
#include "topologies/reference/rpc/rpc.hpp"

namespace splitsite::reference {

// How a host could not be talked to. Each of them is one "network exception" (fact 3.1).
enum class NetworkFailure {
  Refused,      // a reset: the host lives, its daemon does not listen
  Unreachable,  // no route, or nobody answers for the address
  TimedOut,     // connecting or waiting for the answer took too long
  Broken,       // the connection ended before the answer was complete
};
std::string_view to_string(NetworkFailure kind);

// The daemon's answer to the periodic Host.getStats. `asked` is when the question was sent: what
// changed later cannot be in it.
struct PollAnswered {
  NodeId host;
  Instant asked{};
  rpc::HostStats stats;
};
// It answered with an error; Code::Recovering while it starts.
struct PollRefused {
  NodeId host;
  rpc::Error error;
};
struct PollFailed {
  NodeId host;
  NetworkFailure kind = NetworkFailure::TimedOut;
  std::string why;
};

// An order to one host. Calls to the same host are carried out in the order of their ids.
struct Call {
  std::uint64_t id = 0;
  NodeId host;
  rpc::Request request;
};
struct CallFinished {
  Call call;
  std::variant<rpc::Reply, NetworkFailure> outcome;
};

// A command and who gave it; a command alone is the Manager's own.
struct UserCommand {
  UserCommand(Command asked, CommandContext by = {})
      : command(std::move(asked)), context(std::move(by)) {}
  Command command;
  CommandContext context;
};

struct Tick {};  // time has passed; sent several times a second

using Input = std::variant<PollAnswered, PollRefused, PollFailed, CallFinished, UserCommand, Tick>;

// The answer of a Command whose reply said that it comes later, with that number.
struct LateReply {
  std::uint64_t number = 0;
  CommandReply reply;
};

// What one input leads to, besides the changed state.
struct Outcome {
  std::vector<Call> calls;
  std::vector<AuditEvent> events;     // also in state.events
  std::optional<CommandReply> reply;  // of a Command
  std::vector<LateReply> late_replies;
};

// The whole Manager: a pure function of (state, input, now), written as a change in place because
// moving a state costs more than most inputs. `now` never goes back from one step to the next.
Outcome advance(ClusterState& state, const Input& input, Instant now);

// The same with a state of one's own, for those who compare before and after.
struct Step : Outcome {
  ClusterState state;
};
Step step(ClusterState state, const Input& input, Instant now);

}  // namespace splitsite::reference
