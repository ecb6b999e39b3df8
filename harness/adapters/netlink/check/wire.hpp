// Two network namespaces of our own joined by one veth pair, with a datagram socket at each end,
// all in this process: so one clock times both directions separately.
#pragma once

#include <memory>
#include <vector>

#include "harness/adapters/netlink/netem.hpp"
#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::netlink {

struct Sample {
  std::vector<Duration> one_way;  // of what arrived, sorted
  int lost = 0;

  Duration median() const;
};

// One end. What it sends leaves through `device`, which is where a leaf shapes it.
struct WireEnd {
  UniqueFd name_space;
  UniqueFd socket;
  std::unique_ptr<Netem> netem;
  const char* device = "";
  const char* address = "";
};

class Wire {
 public:
  // Needs CAP_SYS_ADMIN. The calling thread ends up in one of the new namespaces, for good; they
  // disappear with the process.
  static Result<Wire> lay();

  WireEnd& a() { return a_; }
  WireEnd& b() { return b_; }
  // Sends `count` datagrams, one every `every`, and takes those that arrive until `patience` after
  // the last one was sent.
  Sample measure(const WireEnd& from, const WireEnd& to, int count, Duration every,
                 Duration patience) const;

 private:
  WireEnd a_;
  WireEnd b_;
};

}  // namespace splitsite::netlink
