#include "harness/agent/collector/ack_merger.hpp"

namespace splitsite::agent {

std::vector<AckRange> AckMerger::add(const std::string& vm, std::uint64_t boot, std::uint64_t seq,
                                     NodeTime at) {
  const auto known = open_.find(vm);
  if (known != open_.end() && known->second.boot == boot) {
    AckRange& range = known->second;
    if (seq >= range.from && seq <= range.to) return {};  // the network delivered it twice
    if (seq == range.to + 1) {
      range.to = seq;
      range.last = at;
      return {};
    }
  }
  std::vector<AckRange> closed = take(vm);
  open_[vm] = AckRange{vm, boot, seq, seq, at, at};
  return closed;
}

std::vector<AckRange> AckMerger::take(const std::string& vm) {
  auto range = open_.extract(vm);
  if (range.empty()) return {};
  return {std::move(range.mapped())};
}

std::vector<AckRange> AckMerger::take_all() {
  std::vector<AckRange> all;
  for (auto& [vm, range] : open_) all.push_back(std::move(range));
  open_.clear();
  return all;
}

}  // namespace splitsite::agent
