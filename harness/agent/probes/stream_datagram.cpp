#include "harness/agent/probes/stream_datagram.hpp"

#include <time.h>

namespace splitsite::agent {
namespace {

constexpr std::size_t kHead = 24;  // stream 4, number 4, sent 8, sum 8
constexpr std::size_t kSumAt = 16;

void put(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
}

std::uint64_t get(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return value;
}

// FNV-1a over everything but the sum: each step is a bijection, so one changed byte always shows.
std::uint64_t sum_of(std::string_view bytes) {
  std::uint64_t sum = 0xcbf29ce484222325U;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i >= kSumAt && i < kHead) continue;
    sum = (sum ^ static_cast<unsigned char>(bytes[i])) * 0x100000001b3U;
  }
  return sum;
}

}  // namespace

std::string to_bytes(const StreamDatagram& datagram, std::size_t size) {
  std::string bytes(size, 's');
  put(bytes, 0, datagram.stream, 4);
  put(bytes, 4, datagram.number, 4);
  put(bytes, 8, static_cast<std::uint64_t>(datagram.sent.count()), 8);
  put(bytes, kSumAt, sum_of(bytes), 8);
  return bytes;
}

std::optional<StreamDatagram> stream_datagram_from(std::string_view bytes) {
  if (bytes.size() < kHead || get(bytes, kSumAt, 8) != sum_of(bytes)) return std::nullopt;
  return StreamDatagram{.stream = static_cast<std::uint32_t>(get(bytes, 0, 4)),
                        .number = static_cast<std::uint32_t>(get(bytes, 4, 4)),
                        .sent = Duration(static_cast<std::int64_t>(get(bytes, 8, 8)))};
}

Duration stream_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_RAW, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace splitsite::agent
