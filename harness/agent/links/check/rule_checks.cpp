#include <algorithm>
#include <cerrno>

#include "harness/agent/links/check/checks.hpp"
#include "harness/agent/links/link_rules.hpp"

namespace splitsite::agent::check {
namespace {

using namespace std::chrono_literals;

class RuleChecks {
 public:
  explicit RuleChecks(Ground& ground) : ground_(ground), report_(ground.report) {}

  void run() {
    const auto before = ground_.kernel.rule_tables();
    expect_passing("before");
    too_long();
    if (can_reject()) {
      reject_one_way();
      reject_both_ways();
    }
    refusals();
    expect_passing("after");
    const auto after = ground_.kernel.rule_tables();
    report_.expect(before && after && before.value() == after.value() && after.value().empty(),
                   "no rule is left");
  }

 private:
  Result<void> rule(Site from, Site to, const Impairment& impairment) {
    const std::string device = Mesh::device(from, to);
    SPLITSITE_TRY(const auto rules, rules_of(device, impairment, impairment.cut != Cut::None));
    return ground_.kernel.put_rules(rule_table_of(device), rules);
  }
  const Traffic& traffic() const { return ground_.traffic; }

  bool can_reject() {
    const auto tried = rule(Site::A, Site::B, {.cut = Cut::Reject});
    report_.expect_done(rule(Site::A, Site::B, {}), "what was tried is lifted");
    if (tried || !ground_.in_part) return true;
    fmt::print("left out: {}\n", tried.error().message());
    return false;
  }
  void expect_passing(const std::string& when) {
    for (const auto& [from, to] : {std::pair(Site::A, Site::B), std::pair(Site::B, Site::A),
                                   std::pair(Site::A, Site::C), std::pair(Site::C, Site::B)}) {
      const auto outcome = traffic().connect(from, to);
      report_.expect(outcome.worked, when + ", " + Mesh::device(from, to) + ": " + said(outcome));
    }
  }
  void expect_refused(Site from, Site to) {
    const std::string way = Mesh::device(from, to);
    const auto connected = traffic().connect(from, to);
    report_.expect(!connected.worked && connected.error == ECONNREFUSED && connected.took < 100ms,
                   "a new connection on " + way + ": " + said(connected));
    const auto datagram = traffic().refusal(from, to);
    report_.expect(datagram.error == EHOSTUNREACH && datagram.took < 100ms,
                   "a datagram on " + way + ": " + said(datagram));
  }
  void expect_broken(const Connection& open, const std::string& what) {
    const auto outcome = Traffic::say(open);
    report_.expect(!outcome.worked && outcome.error == ECONNRESET && outcome.took < 100ms,
                   what + ": " + said(outcome));
  }

  void reject_one_way() {
    const auto open = traffic().connection(Site::A, Site::B);
    const auto control = traffic().connection(Site::A, Site::C);
    report_.expect(open && control && Traffic::say(open.value()).worked, "a flow is open");
    report_.expect_done(rule(Site::A, Site::B, {.cut = Cut::Reject}), "a to b is rejected");
    if (!open || !control) return;
    expect_broken(open.value(), "the open flow");
    expect_refused(Site::A, Site::B);
    // Back from b nothing is in the way; its answers are, so only datagrams show it.
    const auto back = traffic().stream(Site::B, Site::A, {.count = 20});
    report_.expect(back.lost == 0, "b to a: " + said(back));
    const auto there = traffic().stream(Site::A, Site::B, {.count = 20});
    report_.expect(there.lost == 20, "a to b: " + said(there));
    const auto elsewhere = Traffic::say(control.value());
    report_.expect(elsewhere.worked, "control a to c, open flow: " + said(elsewhere));
    const auto anew = traffic().connect(Site::A, Site::C);
    report_.expect(anew.worked, "control a to c, new flow: " + said(anew));
    const auto seen = ground_.kernel.read_rules(rule_table_of(Mesh::device(Site::A, Site::B)));
    const auto prohibited = [](const netlink::RuleSeen& rule) {
      return rule.text.find("admin-prohibited") != std::string::npos && rule.packets >= 20;
    };
    report_.expect(seen && seen.value().size() == 1 + refusing_chain().rules.size() &&
                       std::any_of(seen.value().begin(), seen.value().end(), prohibited),
                   "the rules are read back with what they have stopped");
    report_.expect_done(rule(Site::A, Site::B, {}), "the rejection is lifted");
    const auto healed = traffic().stream(Site::A, Site::B, {.count = 20});
    report_.expect(healed.lost == 0, "a to b: " + said(healed));
  }

  // Refusals of one direction have to get home through the other, which refuses too.
  void reject_both_ways() {
    report_.expect_done(rule(Site::A, Site::B, {.cut = Cut::Reject}), "a to b is rejected");
    report_.expect_done(rule(Site::B, Site::A, {.cut = Cut::Reject}), "b to a is rejected too");
    expect_refused(Site::A, Site::B);
    expect_refused(Site::B, Site::A);
    report_.expect_done(rule(Site::A, Site::B, {}), "a to b is lifted");
    report_.expect_done(rule(Site::B, Site::A, {}), "b to a is lifted");
  }

  void too_long() {
    report_.expect_done(rule(Site::A, Site::B, {.longest_packet = 1400}),
                        "packets above 1400 bytes vanish from a to b");
    const auto arrived = [&](Site from, Site to, std::size_t packet) {
      return traffic().stream(from, to, {.count = 20, .bytes = packet - 28});
    };
    const auto fitting = arrived(Site::A, Site::B, 1400);
    report_.expect(fitting.lost == 0, "of 1400 bytes: " + said(fitting));
    const auto longer = arrived(Site::A, Site::B, 1401);
    report_.expect(longer.lost == 20, "of 1401 bytes: " + said(longer));
    const auto back = arrived(Site::B, Site::A, 1500);
    report_.expect(back.lost == 0, "control b to a, of 1500 bytes: " + said(back));
    report_.expect_done(rule(Site::A, Site::B, {}), "the limit is lifted");
    const auto healed = arrived(Site::A, Site::B, 1500);
    report_.expect(healed.lost == 0, "of 1500 bytes: " + said(healed));
  }

  void refusals() {
    auto rules = netlink::PacketRules::open();
    if (!rules) return report_.expect(false, rules.error().message());
    const auto foreign = rules.value().put({.family = netlink::Family::Bridge, .name = "filter"});
    report_.expect(!foreign && foreign.error().kind == ErrorKind::Invalid,
                   foreign ? "somebody else's table was touched" : foreign.error().message());
    // A reset cannot be sent from there; the kernel says so and the whole table stays away.
    const netlink::RuleTable impossible{
        .family = netlink::Family::Bridge,
        .name = "splitsite-impossible",
        .chains = {{.hook = netlink::Hook::Postrouting,
                    .rules = {{.verdict = netlink::Verdict::Accept},
                              {.protocol = 6, .verdict = netlink::Verdict::Reset}}}}};
    const auto refused = rules.value().put(impossible);
    report_.expect(!refused, refused ? "an impossible rule was taken" : refused.error().message());
    const auto left = rules.value().tables(netlink::Family::Bridge);
    report_.expect(
        left && std::count(left.value().begin(), left.value().end(), impossible.name) == 0,
        "and nothing of it is there");
    report_.expect_done(rules.value().remove(netlink::Family::Bridge, "splitsite-impossible"),
                        "taking away what is not there is done at once");
  }

  Ground& ground_;
  Report& report_;
};

}  // namespace

void check_rules(Ground& ground) { RuleChecks(ground).run(); }

}  // namespace splitsite::agent::check
