// The guest's disk in blocks, past every cache: when write() returns, the block is where the disk
// says it is. Owns the descriptor.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "harness/core/result.hpp"
#include "topologies/guest/record.hpp"

namespace splitsite::guest {

class Disk {
 public:
  enum class Caching {
    Direct,   // O_DIRECT: what the guest uses
    Through,  // for file systems without O_DIRECT (tests)
  };

  static Result<Disk> open(const std::string& path, Caching caching);

  Disk(Disk&& other) noexcept;
  Disk& operator=(Disk&&) = delete;
  ~Disk();

  std::uint64_t blocks() const { return blocks_; }

  // All of `into`, or false with errno set.
  bool read(std::uint64_t first, std::span<Block> into);
  // 0 when the block is durable, else the errno of the failed write; the block is then unknown.
  int write(std::uint64_t place, const Block& block);

 private:
  struct FreeAligned {
    void operator()(std::byte* memory) const;
  };
  Disk(int descriptor, std::uint64_t blocks);

  int descriptor_ = -1;
  std::uint64_t blocks_ = 0;
  std::unique_ptr<std::byte[], FreeAligned> aligned_;  // O_DIRECT wants aligned memory
};

}  // namespace splitsite::guest
