// The life of one agent connection inside the event loop. Internal to AgentClient.
// Unsynced: hello is repeated until answered. Then events.since fetches what was missed; live
// events are held back until it and the first clock sample are there, so that callers see them in
// order.
#pragma once

#include <condition_variable>
#include <map>
#include <optional>

#include "harness/event_loop/line_buffer.hpp"
#include "harness/lab/agent_client.hpp"
#include "harness/lab/clock_estimate.hpp"

namespace splitsite {

// The place where a caller waits for its answer.
struct AgentReply {
  std::mutex mutex;
  std::condition_variable arrived;
  std::optional<Result<nlohmann::json>> answer;

  void put(Result<nlohmann::json> result);
};

class AgentClient::Session {
 public:
  Session(EventLoop& loop, NodeId node, std::string socket_path, AgentEventCallback on_event);
  ~Session();

  void start();  // in the loop
  void request(const std::string& op, nlohmann::json args, std::shared_ptr<AgentReply> reply);

  const NodeId& node() const { return node_; }
  EventLoop& loop() { return loop_; }
  AgentStatus status() const;

 private:
  using OnAnswer = std::function<void(Result<nlohmann::json>)>;
  struct Pending {
    Instant sent;
    OnAnswer on_answer;
  };

  void tick();
  void connect();
  void disconnect(const std::string& why);
  void on_readable();
  void flush();
  void take_line(const std::string& line);
  void take_answer(const nlohmann::json& message);
  void take_event(nlohmann::json event);
  void send(const std::string& op, nlohmann::json args, OnAnswer on_answer);
  void say_hello();
  void greeted(const nlohmann::json& hello, Instant sent);
  void catch_up();
  void ping();
  void deliver_held();
  void deliver(nlohmann::json event, Instant heard);
  void set_status(bool connected, bool answering);

  struct Held {
    nlohmann::json event;
    Instant heard;
  };

  EventLoop& loop_;
  NodeId node_;
  std::string socket_path_;
  AgentEventCallback on_event_;

  UniqueFd fd_;
  LineBuffer lines_;
  std::string unsent_;
  EventLoop::TimerId timer_ = 0;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, Pending> pending_;
  Instant last_sent_{};
  Instant last_heard_{};

  bool caught_up_ = false;
  std::uint64_t last_seq_ = 0;
  std::vector<Held> held_;
  ClockEstimate clock_;

  mutable std::mutex status_mutex_;
  AgentStatus status_;
};

}  // namespace splitsite
