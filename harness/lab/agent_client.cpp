#include "harness/lab/agent_client.hpp"

#include <fmt/format.h>

#include "harness/lab/agent_session.hpp"

namespace splitsite {

void AgentReply::put(Result<nlohmann::json> result) {
  const std::lock_guard lock(mutex);
  if (!answer) answer.emplace(std::move(result));
  arrived.notify_all();
}

AgentClient::AgentClient(EventLoop& loop, NodeId node, std::string socket_path,
                         AgentEventCallback on_event)
    : session_(std::make_shared<Session>(loop, std::move(node), std::move(socket_path),
                                         std::move(on_event))) {
  loop.post([session = std::weak_ptr(session_)] {
    if (const auto alive = session.lock()) alive->start();
  });
}

AgentClient::~AgentClient() = default;

const NodeId& AgentClient::node() const { return session_->node(); }

AgentStatus AgentClient::status() const { return session_->status(); }

Result<nlohmann::json> AgentClient::call(const std::string& op, nlohmann::json args,
                                         Duration bound) {
  const auto reply = std::make_shared<AgentReply>();
  session_->loop().post(
      [session = std::weak_ptr(session_), op, args = std::move(args), reply]() mutable {
        if (const auto alive = session.lock()) alive->request(op, std::move(args), reply);
      });
  std::unique_lock lock(reply->mutex);
  if (reply->arrived.wait_for(lock, bound, [&] { return reply->answer.has_value(); })) {
    return std::move(*reply->answer);
  }
  return Error{.kind = ErrorKind::TimedOut,
               .attempted = fmt::format("get an answer to {} from the agent of", op),
               .subject = node().str(),
               .why = "nothing within " + format_duration(bound)};
}

}  // namespace splitsite
