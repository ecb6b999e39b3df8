// api.proxy: a proxy before the Manager's API, in the Manager's node, and what a client of the API
// sees from any node.
//
// Arguments: {"address": "10.77.0.31", "port": 443, "treatment": {"mode": "slow", …}}; what a
// treatment is, the proxy knows (topologies/reference/api_proxy). Observes
//   {} → {in_force, moved, treated, let_through}: what the proxy did so far;
//   {"ask": {"address": …, "port": …, "count": 2, "timeout_ms": 3000}} → {"answers": [{outcome,
//   status, took_us}, …]}: requests one after the other on a new connection.
// The proxy is a child and ends with the agent, so no later one finds it in force.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "harness/agent/changes/change_book.hpp"
#include "harness/agent/manager/child_program.hpp"

namespace splitsite::agent {

struct ApiProxySetting {
  bool manager_here = true;  // otherwise it can only be asked
  std::string program = "/splitsite/bin/splitsite-api-proxy";
  std::string status = "/run/splitsite/api-proxy.json";
  std::string certificates = "/var/lib/splitsite-manager";
};

class ApiProxy final : public Change {
 public:
  ApiProxy(EventLoop& loop, ApiProxySetting setting) : loop_(loop), setting_(std::move(setting)) {}
  ~ApiProxy() override;

  Result<Json> prepare(const Json& arguments) override;
  // Waits for the proxy to stand, some hundred milliseconds: the Manager's node has nothing else
  // that its agent could be late for.
  Result<Json> apply(const Json& arguments, Json& remembered) override;
  Result<void> revert(const Json& remembered) override;
  Result<Json> observe(const Json& arguments) override;
  void observe_later(const Json& arguments, const Answer& answer) override;
  bool outlives_agent() const override { return false; }

 private:
  struct Asking {
    ChildProgram program;
    Answer answer;
    std::string heard = {};
    EventLoop::TimerId timer = 0;
  };
  Result<void> ask(const Json& question, const Answer& answer);
  void hear(int asking);
  void finish(int asking, const Result<Json>& result);

  EventLoop& loop_;
  ApiProxySetting setting_;
  std::optional<ChildProgram> proxy_;
  std::map<int, Asking> asking_;  // by the descriptor of their output
};

}  // namespace splitsite::agent
