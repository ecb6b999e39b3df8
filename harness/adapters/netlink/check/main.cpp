// splitsite-netlink-check: netem through our own netlink code against a real kernel. Runs in a node
// (needs root and sch_netem), lays its own wire in its own namespaces, prints one line per check
// and the measurement behind it. Exits 0 if all hold, 1 if one does not, 2 if it could not measure.
#include <fmt/format.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/fifo.h>
#include <netlink/route/tc.h>
#include <netlink/socket.h>

#include <algorithm>
#include <cstdio>

#include "harness/adapters/netlink/bridge.hpp"
#include "harness/adapters/netlink/check/wire.hpp"

namespace {

using namespace splitsite;
using namespace splitsite::netlink;
using namespace std::chrono_literals;

class Checks {
 public:
  explicit Checks(Wire& wire) : wire_(wire) {}

  void run() {
    unaffected_wire();
    delay_one_way();
    cut_one_way();
    half_lost();
    jitter_spreads();
    refusals();
    latency_of_a_change();
  }
  bool all_held() const { return failed_ == 0; }

 private:
  void expect(bool holds, const std::string& what) {
    fmt::print("{} {}\n", holds ? "ok    " : "FAILED", what);
    if (!holds) ++failed_;
  }
  void expect_success(const Result<void>& result, const std::string& what) {
    expect(result.has_value(), result ? what : what + ": " + result.error().message());
  }
  Sample towards_b(int count) { return wire_.measure(wire_.a(), wire_.b(), count, 2ms, 300ms); }
  Sample towards_a(int count) { return wire_.measure(wire_.b(), wire_.a(), count, 2ms, 300ms); }
  static std::string in_ms(Duration d) {
    return fmt::format("{:.3f} ms", std::chrono::duration<double, std::milli>(d).count());
  }
  static std::string said(const Sample& s) {
    if (s.one_way.empty()) return fmt::format("nothing arrived, {} lost", s.lost);
    return fmt::format("{} median one way ({} to {}), {} lost", in_ms(s.median()),
                       in_ms(s.one_way.front()), in_ms(s.one_way.back()), s.lost);
  }
  Result<void> shape_a(const Impairment& impairment) {
    return wire_.a().netem->change(wire_.a().device, impairment);
  }

  void unaffected_wire() {
    expect_success(wire_.a().netem->install("wire-a"), "a leaf is installed at a");
    expect_success(wire_.b().netem->install("wire-b"), "a leaf is installed at b");
    expect_success(wire_.a().netem->install("wire-a"), "installing it again changes nothing");
    towards_b(5);  // neighbours get to know each other
    const Sample base = towards_b(200);
    base_ = base.median();
    expect(base.lost == 0 && base_ < 5ms, "leaf at delay 0: " + said(base));
    const auto leaf = wire_.a().netem->read("wire-a");
    expect(leaf && leaf.value().impairment == Impairment{}, "it reads back as clear");
  }

  void delay_one_way() {
    expect_success(shape_a({.delay = 20ms}), "20 ms from a to b");
    const Sample delayed = towards_b(100);
    const Sample control = towards_a(100);
    const Duration added = delayed.median() - base_;
    expect(added > 19'500us && added < 22ms && delayed.lost == 0, "a to b: " + said(delayed));
    expect(delayed.one_way.empty() || delayed.one_way.front() >= 20ms, "none came sooner");
    expect(control.median() < base_ + 2ms && control.lost == 0, "control b to a: " + said(control));
    const auto leaf = wire_.a().netem->read("wire-a");
    expect(leaf && leaf.value().impairment == Impairment{.delay = 20ms}, "it reads back as 20 ms");
  }

  void cut_one_way() {
    expect_success(shape_a({.loss_percent = 100}), "all is lost from a to b");
    const Sample cut = towards_b(100);
    const Sample control = towards_a(100);
    expect(cut.lost == 100, "a to b: " + said(cut));
    expect(control.lost == 0, "control b to a: " + said(control));
    const auto leaf = wire_.a().netem->read("wire-a");
    expect(leaf && leaf.value().dropped >= 100 && leaf.value().impairment.loss_percent == 100,
           "the leaf counts what it dropped");
    expect_success(shape_a({}), "the cut is lifted");
    const Sample healed = towards_b(100);
    expect(healed.lost == 0 && healed.median() < base_ + 2ms, "a to b: " + said(healed));
  }

  void half_lost() {
    expect_success(shape_a({.loss_percent = 50}), "half is lost from a to b");
    const Sample half = towards_b(400);
    // 400 throws of a coin: outside 140 to 260 once in a thousand million.
    expect(half.lost > 140 && half.lost < 260, "a to b: " + said(half));
  }

  void jitter_spreads() {
    expect_success(shape_a({.delay = 20ms, .jitter = 5ms}), "20 ms ± 5 ms from a to b");
    const Sample spread = towards_b(200);
    const Duration width =
        spread.one_way.empty() ? 0ms : spread.one_way.back() - spread.one_way.front();
    expect(width > 5ms && spread.lost == 0, "a to b: " + said(spread));
    expect_success(shape_a({}), "a to b is clear");
  }

  void refusals() {
    Netem& netem = *wire_.a().netem;
    const auto invalid = netem.change("wire-a", {.loss_percent = 120});
    expect(!invalid && invalid.error().kind == ErrorKind::Invalid, "120 % loss is refused");
    const auto missing = netem.change("wire-x", {});
    expect(!missing && missing.error().kind == ErrorKind::Unavailable,
           missing ? "" : missing.error().message());
    const auto bare = netem.change("lo", {});
    expect(!bare && bare.error().kind == ErrorKind::Unavailable,
           bare ? "" : bare.error().message());
    foreign_root();
  }

  // Somebody else's discipline at the root is neither replaced nor changed.
  void foreign_root() {
    UniqueHandle<SocketPolicy> socket(nl_socket_alloc());
    nl_connect(socket.get(), NETLINK_ROUTE);
    rtnl_qdisc* other = rtnl_qdisc_alloc();
    rtnl_tc_set_ifindex(TC_CAST(other), 1);  // lo
    rtnl_tc_set_parent(TC_CAST(other), TC_H_ROOT);
    rtnl_tc_set_handle(TC_CAST(other), TC_HANDLE(5, 0));
    rtnl_tc_set_kind(TC_CAST(other), "pfifo");
    rtnl_qdisc_fifo_set_limit(other, 10);
    const int code = rtnl_qdisc_add(socket.get(), other, NLM_F_CREATE);
    rtnl_qdisc_put(other);
    expect(code == 0, "somebody else sets a discipline on lo");
    const auto installed = wire_.a().netem->install("lo");
    expect(!installed && installed.error().kind == ErrorKind::Conflict,
           installed ? "their discipline was replaced" : installed.error().message());
    const auto changed = wire_.a().netem->change("lo", {.delay = 1ms});
    expect(!changed, changed ? "their discipline was changed" : changed.error().message());
  }

  void latency_of_a_change() {
    std::vector<Duration> took;
    for (int i = 0; i < 200; ++i) {
      const Instant before = steady_clock().now();
      if (!shape_a({.delay = std::chrono::microseconds(i)})) break;
      took.push_back(steady_clock().now() - before);
    }
    std::sort(took.begin(), took.end());
    expect(took.size() == 200 && took[100] < 1ms,
           took.empty()
               ? "no change was made"
               : fmt::format("request to in force: {} median, {} at most of {} changes",
                             in_ms(took[took.size() / 2]), in_ms(took.back()), took.size()));
  }

  Wire& wire_;
  Duration base_{};
  int failed_ = 0;
};

}  // namespace

int main() {
  auto wire = Wire::lay();
  if (!wire) {
    fmt::print("splitsite-netlink-check: {}\n", wire.error().message());
    return 2;
  }
  Checks checks(wire.value());
  checks.run();
  fmt::print("{}\n", checks.all_held() ? "all checks hold" : "some checks FAILED");
  return checks.all_held() ? 0 : 1;
}
