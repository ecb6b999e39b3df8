// A device mapper table: which target serves which part of a device, and its two shapes on the wire
// (one for loading, one for reading back, which count the way to the next target differently).
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/core/result.hpp"

namespace splitsite::devicemapper {

struct Target {
  std::uint64_t start = 0;   // in sectors of 512 bytes
  std::uint64_t length = 0;  // in sectors of 512 bytes
  std::string type;          // "linear", "error", "delay", "flakey"
  std::string parameters;    // the type's own; what the kernel says back may be spelled otherwise

  bool operator==(const Target&) const = default;
};

using Table = std::vector<Target>;

std::string describe(const Table& table);  // as dmsetup: "0 2048 linear 253:0 0"

// The targets behind a dm_ioctl that loads them. Types are shorter than 16 characters.
std::vector<std::byte> to_load(const Table& table);

// `count` targets that the kernel put behind its answer. Invalid if they do not fit in it.
Result<Table> read_back(std::span<const std::byte> answer, std::uint32_t count);

}  // namespace splitsite::devicemapper
