// One host as the Manager talks to it: a thread that polls its daemon, one that carries out orders
// in the order they were given, and one for fencing, which must neither wait for an order that
// hangs nor hold up a VM's start.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "topologies/reference/manager/core/input.hpp"
#include "topologies/reference/manager/runtime/http_exchange.hpp"

namespace splitsite::reference {

struct HostClientConfig {
  NodeId host;
  Endpoint endpoint;
  Endpoint restart_service;  // takes Service.restartHostDaemon
  ExchangeLimits limits;
  Duration refresh;  // VdsRefreshRate: from the end of one poll to the start of the next
};

class HostClient {
 public:
  // `tell` is called from all threads and must be thread-safe; it outlives the client.
  HostClient(HostClientConfig config, Clock& clock, std::function<void(Input)> tell);
  ~HostClient();  // ends the threads; an exchange under way is given up within 0.1 s
  HostClient(const HostClient&) = delete;
  HostClient& operator=(const HostClient&) = delete;

  // Returns at once. Every order is told about exactly once, as CallFinished.
  void carry_out(Call call);

 private:
  std::variant<rpc::Reply, ExchangeFailure> ask(const rpc::Request& request,
                                                const std::stop_token& stop);
  Input poll_once(const std::stop_token& stop);
  void poll(const std::stop_token& stop);
  void work(std::deque<Call>& orders, const std::stop_token& stop);

  const HostClientConfig config_;
  Clock& clock_;
  const std::function<void(Input)> tell_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Call> orders_;
  std::deque<Call> fencing_;
  std::jthread worker_;
  std::jthread fencer_;
  std::jthread poller_;
};

}  // namespace splitsite::reference
