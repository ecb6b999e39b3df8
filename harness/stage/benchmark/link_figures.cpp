// splitsite-link-figures LAB: how fast and how exactly a lab that is up changes its links, seen
// from the harness. Prints one line per figure with its bound. Exits 0 if all keep it, 1 if one
// does not. For a lab that does nothing else: what its guests do to the machine would be measured
// too. The agent's own side of a change, beside a tc process, is splitsite-netlink-check
// --benchmark.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "harness/lab/fault_owner.hpp"
#include "harness/lab/lab.hpp"
#include "harness/stage/agent_ports.hpp"
#include "harness/stage/agent_prober.hpp"
#include "harness/time/eventually.hpp"

namespace {

using namespace splitsite;
using namespace std::chrono_literals;

// What the project promises.
constexpr Duration kInForce = 10ms;
constexpr Duration kPartition = 50ms;
constexpr Duration kRoundTrip = 7ms;  // the limit of a self-hosted engine between its sites
constexpr Duration kDeviation = 300us;

struct Figures {
  Duration median{};
  Duration most{};
};

Figures figures_of(std::vector<Duration> took) {
  std::sort(took.begin(), took.end());
  if (took.empty()) return {};
  return {took[took.size() / 2], took.back()};
}

std::string in_ms(Duration d) {
  return fmt::format("{:.2f} ms", std::chrono::duration<double, std::milli>(d).count());
}

// A lab, the ways to change and to measure it, and the two hosts between which it is measured.
class Course {
 public:
  explicit Course(Lab& lab)
      : config_(lab.config()),
        agents_(lab.agents()),
        links_(lab.agents(), config_),
        prober_(lab.agents(), config_),
        near_(config_.sites.at(0).name),
        far_(config_.sites.at(1).name) {}

  ~Course() {
    const auto back = links_.apply_baseline();
    if (!back) fmt::print(stderr, "{}\n", back.error().message());
  }
  Course(const Course&) = delete;
  Course& operator=(const Course&) = delete;

  // An agent greets who has just connected.
  Result<void> start() {
    const Wait wait{.what = "every agent to answer", .bound = 30s, .every = 20ms};
    const auto met = eventually<bool>(steady_clock(), wait, [&]() -> Probed<bool> {
      for (const NodeConfig& node : config_.nodes) {
        if (!agents_[node.name].status().answering) return NotYet{node.name.str() + " is silent"};
      }
      return true;
    });
    if (!met) return met.error();
    return links_.apply_baseline();
  }

  // Harness to in force: the request, the agent, the kernel, and the agent's answer.
  Result<Figures> change_a_delay(int times) {
    std::vector<Duration> took;
    for (int i = 1; i <= times; ++i) {
      const Instant start = steady_clock().now();
      SPLITSITE_TRY_VOID(links_.set(there(), {.delay = 1ms + i * 1us}));
      took.push_back(steady_clock().now() - start);
    }
    SPLITSITE_TRY_VOID(links_.set(there(), links_.baseline(there())));
    return figures_of(std::move(took));
  }

  // A whole site cut off silently: from the first link's request to the last one's answer.
  Result<Figures> partition_the_site(int times) {
    std::vector<Duration> took;
    for (int i = 0; i < times; ++i) {
      const Instant start = steady_clock().now();
      SPLITSITE_TRY_VOID(set_all_of_site(Impairment{.cut = Cut::Drop}));
      took.push_back(steady_clock().now() - start);
      SPLITSITE_TRY_VOID(set_all_of_site(std::nullopt));
    }
    return figures_of(std::move(took));
  }

  // The median round trip that comes of it when the delay is corrected by what was measured before,
  // twice: what the nodes themselves take is then counted in.
  Result<Duration> calibrated_round_trip() {
    Duration delay = kRoundTrip / 2;
    for (int i = 0; i < 2; ++i) {
      SPLITSITE_TRY(const Duration measured, round_trip_with(delay));
      delay = std::max<Duration>(Duration::zero(), delay + (kRoundTrip - measured) / 2);
    }
    return round_trip_with(delay);
  }

 private:
  LinkDirection there() const { return {LinkKind::Site, near_, far_}; }
  LinkDirection back() const { return {LinkKind::Site, far_, near_}; }

  Result<void> set_all_of_site(const std::optional<Impairment>& impairment) {
    for (const LinkDirection& direction : links_.directions()) {
      if (direction.from != near_ && direction.to != near_) continue;
      SPLITSITE_TRY_VOID(links_.set(direction, impairment.value_or(links_.baseline(direction))));
    }
    return success();
  }

  Result<Duration> round_trip_with(Duration delay) {
    SPLITSITE_TRY_VOID(links_.set(there(), {.delay = delay}));
    SPLITSITE_TRY_VOID(links_.set(back(), {.delay = delay}));
    const NodeId from = config_.hosts_of(near_).front();
    const NodeId to = config_.hosts_of(far_).front();
    SPLITSITE_TRY(const PingResult heard,
                  prober_.ping(from, config_.find_node(to)->site_address(),
                               {.count = 200, .interval = 20ms, .timeout = 1s}));
    return median_round_trip(heard);
  }

  const LabConfig& config_;
  Agents& agents_;
  AgentLinks links_;
  AgentProber prober_;
  SiteId near_;
  SiteId far_;
};

bool keeps(bool kept, const std::string& what) {
  fmt::print("{} {}\n", kept ? "ok    " : "MISSED", what);
  return kept;
}

Result<bool> measure(Course& course) {
  SPLITSITE_TRY_VOID(course.start());
  SPLITSITE_TRY(const Figures change, course.change_a_delay(200));
  SPLITSITE_TRY(const Figures cut, course.partition_the_site(20));
  SPLITSITE_TRY(const Duration trip, course.calibrated_round_trip());
  const Duration off = trip > kRoundTrip ? trip - kRoundTrip : kRoundTrip - trip;
  bool all = keeps(change.median <= kInForce,
                   fmt::format("a delay, from the harness to in force: {} median of 200, {} at "
                               "most (bound {})",
                               in_ms(change.median), in_ms(change.most), in_ms(kInForce)));
  all &= keeps(cut.median <= kPartition,
               fmt::format("a whole site cut off, first link to last: {} median of 20, {} at most "
                           "(bound {})",
                           in_ms(cut.median), in_ms(cut.most), in_ms(kPartition)));
  all &= keeps(off <= kDeviation,
               fmt::format("{} round trip asked, calibrated: {} median of 200, {} off (bound {})",
                           in_ms(kRoundTrip), in_ms(trip), in_ms(off), in_ms(kDeviation)));
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: splitsite-link-figures LAB\n");
    return 64;
  }
  const auto lab = Lab::attach(StateDirectory::standard(), argv[1]);
  if (!lab) {
    fmt::print(stderr, "{}\n", lab.error().message());
    return 1;
  }
  const auto ownership =
      FaultOwnership::take(lab.value()->paths(), "splitsite-link-figures " + std::string(argv[1]));
  if (!ownership) {
    fmt::print(stderr, "{}\n", ownership.error().message());
    return 1;
  }
  Course course(*lab.value());
  const auto all = measure(course);
  if (!all) fmt::print(stderr, "{}\n", all.error().message());
  return all && all.value() ? 0 : 1;
}
