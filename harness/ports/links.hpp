// Port: what lies between the sites. A link joins two sites; each direction is set by itself.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
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

enum class DelayShape {
  Uniform,
  Normal,
  Pareto,
  ParetoNormal
};  // of the jitter, as netem's tables

// Loss in bursts after Gilbert and Elliott: two states, each with its own loss. Percent, 0 to 100.
struct BurstLoss {
  double enter_percent = 0;  // per packet: from the good state to the bad
  double leave_percent = 0;  // per packet: from the bad state to the good; above 0
  double bad_loss_percent = 100;
  double good_loss_percent = 0;

  // Of all packets, in the long run.
  double mean_loss_percent() const;
  bool operator==(const BurstLoss&) const = default;
};

// Whole cut of a direction. Drop: packets vanish, senders wait for their own timers. Reject:
// senders are told at once (TCP reset, else ICMP "administratively prohibited").
enum class Cut { None, Drop, Reject };

// The direction is cut for the first `down` of every `period`.
struct Flapping {
  Duration period{};
  Duration down{};

  bool operator==(const Flapping&) const = default;
};

// What happens to the packets of one direction. All zero: the link passes everything at once.
struct Impairment {
  Duration delay{};   // one way
  Duration jitter{};  // needs delay
  DelayShape shape = DelayShape::Uniform;
  double delay_correlation_percent = 0;
  double loss_percent = 0;  // random; 100 drops everything
  double loss_correlation_percent = 0;
  std::optional<BurstLoss> bursts;  // instead of random loss
  double duplicate_percent = 0;
  double corrupt_percent = 0;              // one bit each
  double reorder_percent = 0;              // of the packets overtake the delay; needs delay
  std::uint64_t rate_bits_per_second = 0;  // 0: unlimited
  Cut cut = Cut::None;
  std::optional<Flapping> flapping;  // how it is cut while down: `cut`, Drop if None
  int longest_packet = 0;            // bytes of the IP packet; longer ones vanish. 0: all pass

  bool operator==(const Impairment&) const = default;
};

// "delay 3.5 ms ± 0.2 ms, loss 1 %", or "clear"
std::string describe(const Impairment& impairment);
std::string describe(const LinkDirection& direction);  // "site link a to b"

// What a direction does when `effects` are in force together on top of `baseline`: delays add up,
// losses and the like are independent of each other, the smallest rate and the smallest packet
// count, a cut beats a rejection beats nothing. Conflict where no single leaf can do both (two
// burst models, two shapes of jitter, two flappings).
Result<Impairment> compose(const Impairment& baseline, const std::vector<Impairment>& effects);

class Links {
 public:
  virtual ~Links() = default;

  virtual std::vector<LinkDirection> directions() const = 0;
  // What the topology asks for when no fault is in force.
  virtual Impairment baseline(const LinkDirection& direction) const = 0;
  virtual Result<Impairment> read(const LinkDirection& direction) = 0;
  // Changes the direction in place. In force in the kernel when this returns.
  virtual Result<void> set(const LinkDirection& direction, const Impairment& impairment) = 0;
};

}  // namespace splitsite
