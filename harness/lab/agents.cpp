#include "harness/lab/agents.hpp"

namespace splitsite {

Result<std::unique_ptr<Agents>> Agents::connect(const std::vector<NodeId>& nodes,
                                                const std::string& nodes_directory) {
  SPLITSITE_TRY(auto loop, EventLoop::create());
  std::unique_ptr<Agents> agents(new Agents(std::move(loop)));
  for (const NodeId& node : nodes) {
    const std::string socket = nodes_directory + "/" + node.str() + "/agent.sock";
    agents->clients_.emplace(
        node, std::make_unique<AgentClient>(*agents->loop_, node, socket,
                                            [self = agents.get()](const AgentEvent& event) {
                                              const std::lock_guard lock(self->callback_mutex_);
                                              if (self->callback_) self->callback_(event);
                                            }));
  }
  agents->thread_ = std::thread([loop_in_use = agents->loop_.get()] { loop_in_use->run(); });
  return agents;
}

Agents::~Agents() {
  if (!thread_.joinable()) return;
  loop_->post([this] { loop_->stop(); });
  thread_.join();
}

AgentClient& Agents::operator[](const NodeId& node) { return *clients_.at(node); }

void Agents::subscribe(AgentEventCallback callback) {
  const std::lock_guard lock(callback_mutex_);
  callback_ = std::move(callback);
}

}  // namespace splitsite
