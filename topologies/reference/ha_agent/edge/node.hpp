// The agent's ports on a real node: the metadata area on the LUN, the host daemon's RPC, sanlock,
// /proc and the network.
#pragma once

#include <atomic>
#include <cstdint>

#include "topologies/reference/ha_agent/edge/ports.hpp"
#include "topologies/reference/hostd/operations.hpp"
#include "topologies/reference/hostd/sanlock_leases.hpp"

namespace splitsite::reference::ha {

// O_DIRECT past every cache, as H does it (broker/storage_broker.py).
class LunDisk final : public Disk {
 public:
  LunDisk(std::string device, std::uint64_t offset, int hosts)
      : device_(std::move(device)), offset_(offset), hosts_(hosts) {}
  Result<std::string> read() override;
  Result<void> write(int host_id, const std::string& block) override;

 private:
  std::string device_;
  std::uint64_t offset_;  // of block 0
  int hosts_;             // the highest host id
};

class DaemonRpc final : public HostDaemon {
 public:
  explicit DaemonRpc(std::uint16_t port);
  Result<rpc::Reply> ask(const rpc::Request& request) override;

 private:
  std::string url_;
};

class HostedLockspace final : public Membership {
 public:
  HostedLockspace(hostd::SanlockOptions options, int host_id)
      : leases_(std::move(options)), host_id_(host_id) {}
  Result<bool> joined() override;

 private:
  hostd::SanlockLeases leases_;
  int host_id_;
};

struct NodePaths {
  std::string bridge = "ovirtmgmt";
  std::string gateway;      // an address to ping; empty: no network test ("none")
  std::string engine_page;  // URL
};

class LocalNode final : public Node {
 public:
  // Tests the network every `network_test`, in a thread of its own.
  LocalNode(NodePaths paths, Duration network_test);
  NodeReadings read(int engine_pid) override;
  bool engine_page_answers() override;
  void report(const std::string& json) override;

 private:
  struct Ticks {
    std::int64_t total = 0;
    std::int64_t busy = 0;
    std::int64_t engine = 0;
  };
  std::optional<double> load_since_last(int engine_pid);
  void test_network();

  NodePaths paths_;
  std::optional<Ticks> last_ticks_;
  int last_engine_pid_ = 0;
  std::atomic<double> network_ = 1.0;
  hostd::Periodic network_test_;  // last: its thread uses all of the above
};

}  // namespace splitsite::reference::ha
