// The guests' acknowledgements, consecutive ones merged into ranges, so that five guests writing
// five records a second make a few events and not thousands. Pure: time comes with each datagram.
//
// Nothing is made up: a range holds only numbers that were each acknowledged. A datagram that was
// lost on its way splits the range.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/agent/event_log.hpp"

namespace splitsite::agent {

struct AckRange {
  std::string vm;
  std::uint64_t boot = 0;
  std::uint64_t from = 0;  // record numbers
  std::uint64_t to = 0;
  NodeTime first{};  // when `from` was heard
  NodeTime last{};   // when `to` was heard
};

class AckMerger {
 public:
  // Returns the range that `seq` does not continue, if there was one.
  std::vector<AckRange> add(const std::string& vm, std::uint64_t boot, std::uint64_t seq,
                            NodeTime at);
  // What is known of `vm`; of all. In the order heard for each VM.
  std::vector<AckRange> take(const std::string& vm);
  std::vector<AckRange> take_all();
  bool empty() const { return open_.empty(); }

 private:
  std::map<std::string, AckRange> open_;  // by VM
};

}  // namespace splitsite::agent
