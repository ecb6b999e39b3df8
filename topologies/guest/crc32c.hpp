// CRC-32C (Castagnoli) over bytes: what tells a record that was written whole from one that was
// not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace splitsite::guest {

std::uint32_t crc32c(std::span<const std::byte> bytes);

}  // namespace splitsite::guest
