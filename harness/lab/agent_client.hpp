// The harness's end of one node's agent: JSON lines over the node's Unix socket, out of band, so no
// fault of the lab touches it. It reconnects by itself, survives the node's reboots, loses no event
// the agent still remembers, and puts every event into a Window on the machine's clock.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/core/id.hpp"
#include "harness/core/result.hpp"
#include "harness/event_loop/event_loop.hpp"
#include "harness/time/window.hpp"

namespace splitsite {

struct AgentEvent {
  NodeId node;
  std::uint64_t seq = 0;  // counts up within one start of the agent
  std::string kind;       // "vm.process", "drbd.state", …
  // When it happened: offset from the zero of this machine's monotonic clock
  // (Instant::time_since_epoch). Not after it was heard of.
  Window at;
  nlohmann::json fields;  // all fields of the event as sent
};

// Called from the event loop: must not block and must not call back into the client.
using AgentEventCallback = std::function<void(const AgentEvent&)>;

struct AgentStatus {
  bool connected = false;  // somebody holds the other end of the socket: QEMU runs
  bool answering = false;  // the agent has said hello since
  std::string boot_id;     // of the node, as last said
};

class AgentClient {
 public:
  // Connects in the background. Must not be destroyed while `loop` is being run by a thread.
  AgentClient(EventLoop& loop, NodeId node, std::string socket_path, AgentEventCallback on_event);
  ~AgentClient();
  AgentClient(const AgentClient&) = delete;
  AgentClient& operator=(const AgentClient&) = delete;

  const NodeId& node() const;
  // From any thread.
  AgentStatus status() const;

  // Sends one request and waits for its answer, from any thread but the loop's. Unavailable at once
  // when the agent does not answer hellos now; TimedOut after `bound`, in which case the agent may
  // still carry it out. An agent's refusal comes back as the Error it sent.
  Result<nlohmann::json> call(const std::string& op, nlohmann::json args, Duration bound);

 private:
  class Session;
  std::shared_ptr<Session> session_;
};

}  // namespace splitsite
