// The Lun and Machine ports on a real node: the block device and /proc.
#pragma once

#include <string>

#include "topologies/reference/hostd/ports.hpp"

namespace splitsite::reference::hostd {

class BlockLun final : public Lun {
 public:
  BlockLun(std::string device, std::uint64_t offset)
      : device_(std::move(device)), offset_(offset) {}
  Result<void> read() override;

 private:
  std::string device_;
  std::uint64_t offset_;  // bytes
};

class NodeMachine final : public Machine {
 public:
  MachineFacts facts() override;
};

}  // namespace splitsite::reference::hostd
