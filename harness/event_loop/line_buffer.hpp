// Bytes in, whole lines out. A line longer than the limit is dropped up to its end and counted, so
// that one bad sender cannot make the reader grow or lose the lines after it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace splitsite {

class LineBuffer {
 public:
  explicit LineBuffer(std::size_t longest_line) : longest_(longest_line) {}

  void add(std::string_view bytes);
  // The next complete line without its end ("\n" or "\r\n"); nothing when it has not come yet.
  std::optional<std::string> next();
  // Lines dropped for their length since the last call.
  std::size_t take_dropped();
  // The sender is gone: what it left half-written is no line.
  void forget_partial();

 private:
  std::size_t longest_;
  std::string bytes_;
  bool skipping_ = false;
  std::size_t dropped_ = 0;
};

}  // namespace splitsite
