#include <cmath>
#include <thread>

#include "harness/agent/links/check/checks.hpp"
#include "harness/agent/links/link_rules.hpp"

namespace splitsite::agent::check {
namespace {

using namespace std::chrono_literals;

// Chances are judged so that a healthy link fails a check once in a thousand million runs: six
// standard deviations of the count.
bool near_share(int count, int of, double percent) {
  const double expected = of * percent / 100;
  return std::abs(count - expected) <= 6 * std::sqrt(expected * (1 - percent / 100)) + 1;
}

class LinkChecks {
 public:
  LinkChecks(Ground& ground, EventLoop& loop)
      : ground_(ground),
        report_(ground.report),
        loop_(loop),
        devices_(loop, steady_clock(), ground.kernel, events_) {}

  void run() {
    unaffected();
    delay();
    shapes();
    loss();
    bursts();
    duplicates_and_damage();
    overtaking();
    rate();
    cut_by_drop();
    flapping(Cut::Drop);
    flapping(Cut::Reject);
    refusals();
    as_before();
  }

 private:
  // Sets a to b, and expects it to be read back.
  void set(const Impairment& impairment) {
    const auto done = devices_.change(device_, impairment);
    report_.expect_done(done, "a to b: " + describe(impairment));
    const auto state = devices_.read(device_);
    if (!state || state.value().impairment != impairment) {
      report_.expect(false, "it reads back as " + (state ? describe(state.value().impairment)
                                                         : state.error().message()));
    }
  }
  Arrivals there(const Stream& what) { return ground_.traffic.stream(Site::A, Site::B, what); }
  void expect_control(const Stream& what) {
    const auto back = ground_.traffic.stream(Site::B, Site::A, what);
    const auto elsewhere = ground_.traffic.stream(Site::A, Site::C, what);
    report_.expect(back.lost == 0 && back.median() < base_ + 2ms, "control b to a: " + said(back));
    report_.expect(elsewhere.lost == 0 && elsewhere.median() < base_ + 2ms,
                   "control a to c: " + said(elsewhere));
  }

  void unaffected() {
    for (const Site from : all_sites) {
      for (const Site to : all_sites) {
        if (from == to) continue;
        const auto state = devices_.read(Mesh::device(from, to));
        const bool clear = state && state.value().impairment == Impairment{};
        report_.expect(clear, Mesh::device(from, to) + " is clear before");
      }
    }
    const auto base = there({.count = 200});
    base_ = base.median();
    report_.expect(base.lost == 0 && base_ < 5ms, "a to b: " + said(base));
  }

  void delay() {
    set({.delay = 20ms});
    const auto delayed = there({});
    const Duration added = delayed.median() - base_;
    report_.expect(added > 19'500us && added < 22ms && delayed.lost == 0, said(delayed));
    report_.expect(!delayed.one_way.empty() && delayed.one_way.front() >= 20ms, "none came sooner");
    expect_control({.count = 50});
    // Into the middle of a delay that is in force: changed in place, what is on its way arrives.
    set({.delay = 3500us});
    const auto changed = there({.count = 200});
    const Duration now = changed.median() - base_;
    report_.expect(now > 3200us && now < 3800us, "in place: " + said(changed));
  }

  // Each shape by where its middle half lies; the jitter is wide against the node's own noise.
  void shapes() {
    struct Expected {
      DelayShape shape;
      double least_width;  // of the middle half, in jitters
      double most_width;
    };
    for (const Expected& e :
         {Expected{DelayShape::Uniform, 0.85, 1.15}, Expected{DelayShape::Normal, 1.1, 1.6},
          Expected{DelayShape::Pareto, 0.45, 0.85}, Expected{DelayShape::Uniform, 0.85, 1.15}}) {
      set({.delay = 100ms, .jitter = 20ms, .shape = e.shape});
      const auto spread = there({.count = 500});
      const std::size_t n = spread.one_way.size();
      if (n < 400) return report_.expect(false, "the jitter loses packets: " + said(spread));
      const Duration middle = spread.one_way[n * 3 / 4] - spread.one_way[n / 4];
      const double width = std::chrono::duration<double>(middle) / 20ms;
      report_.expect(
          width > e.least_width && width < e.most_width,
          fmt::format("its middle half is {:.2f} jitters wide; {}", width, said(spread)));
    }
  }

  void loss() {
    for (const double percent : {1.0, 50.0}) {
      set({.loss_percent = percent});
      const auto lossy = there({.count = 1000, .every = 1ms});
      report_.expect(near_share(lossy.lost, 1000, percent), said(lossy));
    }
    expect_control({.count = 100, .every = 1ms});
  }

  void bursts() {
    // In the bad state for a share of 2 / (2 + 20) of the packets, twenty times over in a row.
    set({.bursts = BurstLoss{2, 20, 100, 0}});
    const auto bursty = there({.count = 3000, .every = 1ms});
    report_.expect(bursty.lost > 100 && bursty.lost < 600 && bursty.longest_gap >= 5,
                   fmt::format("{}, up to {} in a row", said(bursty), bursty.longest_gap));
    set({.loss_percent = 9});
    const auto even = there({.count = 3000, .every = 1ms});
    report_.expect(near_share(even.lost, 3000, 9) && even.longest_gap < bursty.longest_gap,
                   fmt::format("at random: {}, up to {} in a row", said(even), even.longest_gap));
  }

  void duplicates_and_damage() {
    set({.duplicate_percent = 10});
    const auto doubled = there({.count = 1000, .every = 1ms});
    report_.expect(near_share(doubled.twice, 1000, 10) && doubled.lost == 0,
                   fmt::format("{} came twice; {}", doubled.twice, said(doubled)));
    set({.corrupt_percent = 10});
    const auto damaged = there({.count = 1000, .every = 1ms, .bytes = 1400});
    // One bit each: one of the headers loses the packet, one of the rest damages what arrives.
    report_.expect(near_share(damaged.lost, 1000, 10) && damaged.damaged > damaged.lost / 2,
                   fmt::format("{} damaged; {}", damaged.damaged, said(damaged)));
  }

  void overtaking() {
    set({.delay = 20ms, .reorder_percent = 25});
    const auto mixed = there({.count = 1000, .every = 1ms});
    // Every packet that is not held back arrives before some that are; the held ones are late.
    report_.expect(mixed.overtaken > 100 && mixed.lost == 0,
                   fmt::format("{} were overtaken; {}", mixed.overtaken, said(mixed)));
  }

  void rate() {
    set({.rate_bits_per_second = 8'000'000});
    // 60 frames of 1514 bytes at 1 byte a microsecond: 1.514 ms each.
    const auto slow = there({.count = 60, .every = 100us, .bytes = 1472});
    const double each = std::chrono::duration<double, std::milli>(slow.span).count() / 59;
    report_.expect(slow.lost == 0 && each > 1.45 && each < 1.65,
                   fmt::format("{:.3f} ms a frame; {}", each, said(slow)));
    set({.rate_bits_per_second = 40'000'000'000});  // beyond 32 bits of bytes
    const auto fast = there({.count = 60, .every = 100us, .bytes = 1472});
    report_.expect(fast.lost == 0 && fast.median() < base_ + 2ms, said(fast));
  }

  void cut_by_drop() {
    set({});
    const auto open = ground_.traffic.connection(Site::A, Site::B);
    set({.duplicate_percent = 50, .cut = Cut::Drop});
    const auto nothing = there({});
    report_.expect(nothing.lost == 100 && nothing.twice == 0, said(nothing));
    const auto connected = ground_.traffic.connect(Site::A, Site::B);
    report_.expect(!connected.worked && connected.error == 0,
                   "a new connection: " + said(connected));
    if (open) {
      const auto word = Traffic::say(open.value());
      report_.expect(!word.worked && word.error == 0, "the open flow: " + said(word));
    } else {
      report_.expect(false, open.error().message());
    }
    const auto datagram = ground_.traffic.refusal(Site::A, Site::B);
    report_.expect(datagram.error == 0, "a datagram: " + said(datagram));
    expect_control({.count = 50});
    const auto state = devices_.read(device_);
    report_.expect(state && state.value().dropped >= 100, "the leaf counts what it dropped");
    set({});
    const auto healed = there({});
    report_.expect(healed.lost == 0 && healed.median() < base_ + 2ms, said(healed));
  }

  // The loop turns the link while the stream is measured, as it does in the agent.
  void flapping(Cut how) {
    set({.cut = how, .flapping = Flapping{400ms, 100ms}});
    Arrivals flapped;
    {
      const std::jthread turning([this] { loop_.run(); });
      flapped = there({.count = 1000});  // 2 s: five periods
      loop_.post([this] { loop_.stop(); });
    }
    report_.expect(flapped.lost > 200 && flapped.lost < 300 && flapped.longest_gap > 40 &&
                       flapped.longest_gap < 60,
                   fmt::format("{}, up to {} in a row", said(flapped), flapped.longest_gap));
    set({});
  }

  void refusals() {
    const auto refused = [&](const std::string& device, const Impairment& impairment) {
      const auto result = devices_.change(device, impairment);
      report_.expect(!result, result ? "taken: " + describe(impairment) : result.error().message());
    };
    refused(device_, {.loss_percent = 120});
    refused(device_, {.delay = 1ms, .delay_correlation_percent = 20});
    refused("s.x.y", {.delay = 1ms});
    refused("s.x.y", {.cut = Cut::Reject});
    refused("lo", {.delay = 1ms});  // has no leaf, and gets none
  }

  void as_before() {
    const auto state = devices_.read(device_);
    report_.expect(state && state.value().impairment == Impairment{} &&
                       state.value().limit == netlink::limit_for({}),
                   "the leaf is as it was before");
    const auto tables = ground_.kernel.rule_tables();
    report_.expect(tables && tables.value().empty(), "no rule is left");
    const auto clear = there({.count = 200});
    report_.expect(clear.lost == 0 && clear.median() < base_ + 2ms, "a to b: " + said(clear));
  }

  const std::string device_ = Mesh::device(Site::A, Site::B);
  Ground& ground_;
  Report& report_;
  EventLoop& loop_;
  EventLog events_{[](const Json& event) { fmt::print("       event: {}\n", event.dump()); }};
  LinkDevices devices_;
  Duration base_{};
};

}  // namespace

void check_links(Ground& ground) {
  auto loop = EventLoop::create();
  if (!loop) return ground.report.expect(false, loop.error().message());
  LinkChecks(ground, *loop.value()).run();
}

}  // namespace splitsite::agent::check
