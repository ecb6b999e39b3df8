// The running Manager: one thread steps the decision core, fed by a queue from the host clients,
// the API and the clock, and hands the core's orders to the host clients.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "topologies/reference/manager/core/initial_state.hpp"
#include "topologies/reference/manager/core/input.hpp"
#include "topologies/reference/manager/manager_port.hpp"
#include "topologies/reference/manager/runtime/host_client.hpp"
#include "topologies/reference/manager/store/state_store.hpp"

namespace splitsite::reference {

class Manager final : public ManagerPort {
 public:
  // Called from the core's thread for each audit event, in order.
  using AuditLog = std::function<void(const AuditEvent&)>;

  // Called once, from the core's thread, when the database cannot be written any more: what the
  // Manager was asked then is refused, nothing is ordered and nothing decided any more.
  using StoreLost = std::function<void(const Error&)>;

  // Where it begins, and where it keeps what must not be lost. Without a store it begins anew every
  // time.
  struct Start {
    ClusterState state;
    std::vector<Call> calls;  // of begin_again()
    StateStore* store = nullptr;
    StoreLost lost;
  };

  // Begins to poll at once. `clock` must be the machine's: threads really wait by it.
  Manager(const LabConfig& lab, Start start, Clock& clock, AuditLog log);
  Manager(const LabConfig& lab, const ManagerOptions& options, Clock& clock, AuditLog log);
  ~Manager() override;
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  ClusterState snapshot() const override;
  Result<CommandReply> submit(const Command& command, const CommandContext& context = {}) override;

 private:
  struct Pending {
    Input input;
    std::optional<std::promise<Result<CommandReply>>> waiting = std::nullopt;
  };

  bool push(Pending pending);  // false when stopping
  void run(const std::stop_token& stop);
  void take(Pending& pending);
  // Changes the state and keeps it; what it returns may be told to the world.
  Result<Outcome> advance_and_keep(const Input& input);
  void refuse_the_rest();

  Clock& clock_;
  const AuditLog log_;
  StateStore* const store_;
  const StoreLost lost_;
  // Held over a step and its commit: nobody sees a state that could still be lost.
  mutable std::mutex state_mutex_;
  ClusterState state_;
  std::mutex queue_mutex_;
  std::condition_variable_any arrived_;
  std::deque<Pending> queue_;
  bool stopping_ = false;
  bool store_is_lost_ = false;  // the core's thread only
  // Commands whose answer comes later; the core's thread alone uses it.
  std::map<std::uint64_t, std::promise<Result<CommandReply>>> late_;
  // Declared after what they use: they end first, the core's thread before the clients.
  std::map<NodeId, std::unique_ptr<HostClient>> clients_;
  std::jthread core_;
};

}  // namespace splitsite::reference
