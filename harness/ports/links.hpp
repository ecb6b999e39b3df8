// Port: what lies between the sites. A link joins two sites; each direction is set by itself.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "harness/core/id.hpp"
#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite {

enum class LinkKind { Site, Replication };

struct LinkDirection {
  LinkKind kind = LinkKind::Site;
  SiteId from;
  SiteId to;

  auto operator<=>(const LinkDirection&) const = default;
};

// What netem does to the packets of one direction. All zero: the link passes everything at once.
struct Impairment {
  Duration delay{};         // one way
  Duration jitter{};        // needs delay
  double loss_percent = 0;  // 0 to 100; 100 drops silently

  bool operator==(const Impairment&) const = default;
};

// "delay 3.5 ms ± 0.2 ms, loss 1 %", or "clear"
std::string describe(const Impairment& impairment);
std::string describe(const LinkDirection& direction);  // "site link a to b"

class Links {
 public:
  virtual ~Links() = default;

  virtual std::vector<LinkDirection> directions() const = 0;
  virtual Result<Impairment> read(const LinkDirection& direction) = 0;
  // Changes the leaf in place. In force in the kernel when this returns.
  virtual Result<void> set(const LinkDirection& direction, const Impairment& impairment) = 0;
};

}  // namespace splitsite
