// netem leaves over rtnetlink: one per device, at its root, handle 1:, installed at delay 0 and
// only changed in place from then on. No `tc` process. Rule: touches only that leaf. It never
// deletes, flushes or replaces a queueing discipline; where somebody else's is at the root it says
// so and leaves it.
#pragma once

#include <cstdint>
#include <string>

#include "harness/adapters/netlink/netem_shape.hpp"
#include "harness/adapters/netlink/socket.hpp"
#include "harness/core/result.hpp"

namespace splitsite::netlink {

struct NetemLeaf {
  Impairment impairment;      // of its parts those that the kernel tells: not the shape of a jitter
  std::uint32_t limit = 0;    // packets
  std::uint64_t dropped = 0;  // since it was installed, by loss and by overflow
};

// Belongs to the network namespace it was opened in. Errors carry the kernel's own explanation
// (extended acknowledgement) where it gives one.
class Netem {
 public:
  static Result<Netem> open();

  // Unavailable if `device` does not exist or has no leaf of ours.
  Result<NetemLeaf> read(const std::string& device);
  // A leaf that delays nothing. One that is already ours is left as it is. Conflict if another
  // discipline was set at the device's root; Unavailable without the kernel's sch_netem.
  Result<void> install(const std::string& device);
  // In force for every packet sent after this returns; packets already waiting keep their time.
  // Replaces the whole shape: what `impairment` does not mention is off. Takes what a leaf can do
  // (see leaf_part); a cut, flapping or a longest packet is Invalid. Invalid: nothing happened.
  Result<void> change(const std::string& device, const Impairment& impairment);

 private:
  explicit Netem(Socket socket) : socket_(std::move(socket)) {}
  Result<void> send_leaf(const std::string& device, const Impairment& impairment, int flags,
                         const std::string& attempted);

  Socket socket_;
};

}  // namespace splitsite::netlink
