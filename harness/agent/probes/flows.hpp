// TCP connections that stay open while a fault comes and goes, with a numbered message there and
// back whenever it is asked for. Silence and the end of a connection are results, not errors.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "harness/core/result.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

struct Exchange {
  std::string outcome;  // "answered", "silent", "broken"
  std::chrono::microseconds took{};
};

class Flows {
 public:
  using OnOpen = std::function<void(Result<std::string> id)>;
  using OnExchange = std::function<void(Result<Exchange>)>;

  explicit Flows(EventLoop& loop) : loop_(loop) {}  // outlives the flows
  ~Flows();
  Flows(const Flows&) = delete;
  Flows& operator=(const Flows&) = delete;

  // Answers once, perhaps before it returns. Conflict: as many as allowed are open already.
  void open(const sockaddr_in& to, Duration timeout, OnOpen on_open);
  // One message; an answer to an earlier one does not count. Conflict: one is under way.
  void exchange(const std::string& id, Duration timeout, OnExchange on_done);
  // One that is not open is fine.
  void close(const std::string& id);
  std::size_t size() const { return flows_.size(); }

 private:
  struct Flow;

  void connected(const std::shared_ptr<Flow>& flow, const OnOpen& on_open, int error);
  void receive(const std::shared_ptr<Flow>& flow);
  void finish(const std::shared_ptr<Flow>& flow, const char* outcome);

  EventLoop& loop_;
  std::map<std::string, std::shared_ptr<Flow>> flows_;
  int last_ = 0;
};

}  // namespace splitsite::agent
