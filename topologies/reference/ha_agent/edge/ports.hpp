// What the agent needs of its node. Calls may block only as far as each says.
#pragma once

#include <optional>
#include <string>

#include "harness/core/result.hpp"
#include "topologies/reference/rpc/rpc.hpp"

namespace splitsite::reference::ha {

// The metadata area on shared storage. Both calls block for as long as the storage does.
class Disk {
 public:
  virtual ~Disk() = default;
  virtual Result<std::string> read() = 0;  // all blocks, block 0 first
  virtual Result<void> write(int host_id, const std::string& block) = 0;
};

// The host daemon beside the agent; every call ends within seconds.
class HostDaemon {
 public:
  virtual ~HostDaemon() = default;
  virtual Result<rpc::Reply> ask(const rpc::Request& request) = 0;
};

// Membership of the lockspace "hosted-engine"; local calls to sanlock.
class Membership {
 public:
  virtual ~Membership() = default;
  // True once the host id is held; asks for it while it is not.
  virtual Result<bool> joined() = 0;
};

struct NodeReadings {
  double network = 1.0;
  bool management_link = true;
  std::optional<std::int64_t> memory_free;  // MiB
  std::optional<double> cpu_load;           // since the last call, without the engine's process
  bool local_maintenance = false;
};

class Node {
 public:
  virtual ~Node() = default;
  virtual NodeReadings read(int engine_pid) = 0;  // 0: no engine here; never blocks
  virtual bool engine_page_answers() = 0;         // within seconds
  virtual void report(const std::string& json) = 0;
};

struct Ports {
  HostDaemon& daemon;
  Membership& membership;
  Node& node;
};

}  // namespace splitsite::reference::ha
