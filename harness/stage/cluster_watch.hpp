// Follows the cluster under test through its API on a thread of its own: records every change of a
// host, VM, data centre or SPM and every new event, and keeps the last picture for waits. A change
// happened after the poll before and by the end of the poll that saw it: that is its window.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "harness/observe/history.hpp"
#include "harness/ports/cluster.hpp"

namespace splitsite {

struct ClusterPicture {
  std::vector<HostView> hosts;
  std::vector<VmView> vms;
  DataCenterView data_center;

  const HostView* host(const NodeId& name) const;
  const VmView* vm(const VmId& name) const;
  std::optional<NodeId> spm() const;
};

class ClusterWatch {
 public:
  // Owns `api` and uses it from its own thread only. Stops and joins when destroyed.
  ClusterWatch(std::unique_ptr<ClusterApi> api, HistoryWriter& history, Clock& clock,
               Duration every = std::chrono::milliseconds(700));
  ~ClusterWatch();
  ClusterWatch(const ClusterWatch&) = delete;
  ClusterWatch& operator=(const ClusterWatch&) = delete;

  // The last picture, or why there is none (the API does not answer).
  Result<ClusterPicture> picture() const;

 private:
  void run(const std::stop_token& stop);
  void poll();
  Result<ClusterPicture> read();
  void record_changes(const ClusterPicture& next, const Window& window);
  void record_events(const Window& window);

  std::unique_ptr<ClusterApi> api_;
  HistoryWriter& history_;
  Clock& clock_;
  Duration every_;
  long last_event_ = 0;
  Duration last_seen_{};
  Duration last_failed_{};  // when the last poll began that was not answered
  mutable std::mutex mutex_;
  ClusterPicture picture_;
  std::optional<Error> silent_;
  bool seen_ = false;
  std::jthread thread_;  // last: starts when everything else is there
};

}  // namespace splitsite
