#include "harness/event_loop/line_buffer.hpp"

#include <utility>

namespace splitsite {

void LineBuffer::add(std::string_view bytes) {
  if (skipping_) {
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) return;
    skipping_ = false;
    bytes.remove_prefix(end + 1);
  }
  bytes_.append(bytes);
  const auto last_end = bytes_.rfind('\n');
  const auto partial_from = last_end == std::string::npos ? 0 : last_end + 1;
  if (bytes_.size() - partial_from > longest_) {
    bytes_.resize(partial_from);
    skipping_ = true;
    ++dropped_;
  }
}

std::optional<std::string> LineBuffer::next() {
  while (true) {
    const auto end = bytes_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = bytes_.substr(0, end);
    bytes_.erase(0, end + 1);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.size() <= longest_) return line;
    ++dropped_;
  }
}

std::size_t LineBuffer::take_dropped() { return std::exchange(dropped_, 0); }

void LineBuffer::forget_partial() {
  bytes_.clear();
  skipping_ = false;
}

}  // namespace splitsite
