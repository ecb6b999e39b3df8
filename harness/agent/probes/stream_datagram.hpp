// One numbered datagram of a stream: who it belongs to, its number, when it was sent, and a sum
// over all of it, so that a single flipped bit anywhere is seen. Little-endian, filled up to size.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/time/clock.hpp"

namespace splitsite::agent {

inline constexpr int shortest_datagram = 32;
inline constexpr int longest_datagram = 60'000;

struct StreamDatagram {
  std::uint32_t stream = 0;
  std::uint32_t number = 0;
  Duration sent{};  // by the sender's clock: stream_now()
};

std::string to_bytes(const StreamDatagram& datagram, std::size_t size);
// Nothing if it is not one, or not as it was sent.
std::optional<StreamDatagram> stream_datagram_from(std::string_view bytes);

// CLOCK_MONOTONIC_RAW: steps and drifts that a fault gives the node's clocks do not touch it.
Duration stream_now();

}  // namespace splitsite::agent
