// What is true right now, by the agents' word: where each VM runs, who holds each lease, how the
// two storage halves stand, what each guest last had acknowledged. Follows the same events that go
// to the history; scenarios wait on it, oracles judge the history.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "harness/core/id.hpp"
#include "harness/observe/history.hpp"

namespace splitsite {

struct ReplicaState {
  std::string connection;  // DRBD's words: "Connected", "WFConnection", "SyncTarget", …
  std::string role;
  std::string disk;
  bool in_sync() const {
    return connection == "Connected" && role == "Primary" && disk == "UpToDate";
  }
};

struct LastWrite {
  long boot = 0;
  long seq = -1;
  Window at{};  // offsets from the start of the run
};

// Thread safe.
class Ground {
 public:
  void follow(const Event& event);

  std::set<NodeId> running_on(const VmId& vm) const;
  // By when the VM was seen running on `host`, where it still runs.
  std::optional<Duration> running_since(const VmId& vm, const NodeId& host) const;
  std::set<NodeId> holders_of(const std::string& lease) const;
  // By when the host was seen in the lockspace, if it still is: VMs with leases can start there.
  std::optional<Duration> joined_since(const NodeId& host) const;
  std::optional<ReplicaState> replica(const NodeId& storage) const;
  std::optional<LastWrite> last_write(const VmId& vm) const;

 private:
  void forget_node(const std::string& node);

  mutable std::mutex mutex_;
  std::map<std::string, std::map<NodeId, Duration>> running_;  // VM to host to since when
  std::map<std::string, std::set<NodeId>> leases_;
  std::map<std::string, Duration> joined_;  // host to since when
  std::map<std::string, ReplicaState> replicas_;
  std::map<std::string, LastWrite> writes_;
};

}  // namespace splitsite
