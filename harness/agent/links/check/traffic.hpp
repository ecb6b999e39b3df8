// Traffic between the sites of a Mesh, and what became of it.
#pragma once

#include <vector>

#include "harness/adapters/netlink/check/mesh.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::agent::check {

using netlink::all_sites;
using netlink::Mesh;
using netlink::Site;

struct Stream {
  int count = 100;
  Duration every = std::chrono::milliseconds(2);
  std::size_t bytes = 100;                             // of payload; 28 less than the IP packet
  Duration patience = std::chrono::milliseconds(300);  // after the last was sent
};

// What arrived of a stream of numbered datagrams. They have no checksum, so that damage is seen.
struct Arrivals {
  std::vector<Duration> one_way;  // of first copies, sorted
  int lost = 0;
  int longest_gap = 0;  // lost in a row
  int twice = 0;
  int overtaken = 0;  // arrived after one that was sent later
  int damaged = 0;
  Duration span{};  // from the first arrival to the last

  Duration median() const;
};

// How an attempt to talk ended: `error` is the errno the sender was told, 0 if it worked or if
// nothing was heard.
struct Outcome {
  bool worked = false;
  int error = 0;
  Duration took{};
};

// A TCP connection that is open at both ends.
struct Connection {
  UniqueFd from;
  UniqueFd to;
};

class Traffic {
 public:
  // `mesh` outlives it.
  static Result<Traffic> open(const Mesh& mesh);

  Arrivals stream(Site from, Site to, const Stream& what) const;
  // A datagram that expects no answer but a refusal.
  Outcome refusal(Site from, Site to) const;
  Outcome connect(Site from, Site to) const;
  Result<Connection> connection(Site from, Site to) const;
  // A byte from `from` to `to`.
  static Outcome say(const Connection& connection);

 private:
  struct Node {
    UniqueFd datagrams;
    UniqueFd listener;
  };

  explicit Traffic(const Mesh& mesh) : mesh_(&mesh) {}
  void get_acquainted() const;
  const Node& of(Site site) const { return nodes_.at(static_cast<std::size_t>(site)); }
  Outcome connect_by(const UniqueFd& socket, Site to) const;

  const Mesh* mesh_;
  std::array<Node, all_sites.size()> nodes_;
};

}  // namespace splitsite::agent::check
