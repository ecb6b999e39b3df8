// The agents of a whole lab on one event thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "harness/lab/agent_client.hpp"

namespace splitsite {

class Agents {
 public:
  // One client per node, its socket at `<nodes_directory>/<node>/agent.sock`.
  static Result<std::unique_ptr<Agents>> connect(const std::vector<NodeId>& nodes,
                                                 const std::string& nodes_directory);
  ~Agents();
  Agents(const Agents&) = delete;
  Agents& operator=(const Agents&) = delete;

  // The node must be one of the lab's.
  AgentClient& operator[](const NodeId& node);

  // Every event of every agent from now on goes to `callback`, on the event thread; an empty one
  // ends it. After this returns the former callback is not running and never runs again.
  void subscribe(AgentEventCallback callback);

 private:
  explicit Agents(std::unique_ptr<EventLoop> loop) : loop_(std::move(loop)) {}

  std::unique_ptr<EventLoop> loop_;
  std::mutex callback_mutex_;
  AgentEventCallback callback_;
  std::map<NodeId, std::unique_ptr<AgentClient>> clients_;
  std::thread thread_;  // joined by the destructor before the clients go
};

}  // namespace splitsite
