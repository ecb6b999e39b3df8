// Which kinds of change and observation concern storage, by the node's role: hosts and storage
// nodes have disks of the device mapper, hosts have paths, storage nodes have a replica.
#pragma once

#include <memory>
#include <string>

#include "harness/agent/changes/change_book.hpp"
#include "harness/agent/disks/disk_layers.hpp"
#include "harness/agent/disks/replica_tool.hpp"
#include "harness/lab/description/lab_config.hpp"

namespace splitsite::agent {

// Owns what the kinds share: outlives the book.
class DiskKinds {
 public:
  // `loop`, `events` and `storage` outlive this.
  DiskKinds(EventLoop& loop, EventLog& events, const StorageConfig& storage, std::string proc_drbd);

  void add_to_host(ChangeBook& book);
  void add_to_storage_node(ChangeBook& book);

 private:
  void add_disks(ChangeBook& book);

  EventLoop& loop_;
  EventLog& events_;
  const StorageConfig& storage_;
  std::string proc_drbd_;
  KernelDiskLayers layers_;
  DrbdTool tool_;
};

}  // namespace splitsite::agent
