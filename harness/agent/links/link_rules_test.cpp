#include "harness/agent/links/link_rules.hpp"

#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

std::vector<std::string> texts(const std::string& device, const Impairment& impairment, bool down) {
  std::vector<std::string> texts;
  const auto rules = rules_of(device, impairment, down);
  if (!rules) return {rules.error().message()};
  for (const auto& rule : rules.value()) texts.push_back(describe(rule));
  return texts;
}

TEST_CASE("What a leaf can do alone needs no rules") {
  CHECK(
      texts("s.a.b", {.delay = std::chrono::milliseconds(3), .loss_percent = 100}, false).empty());
  CHECK(texts("s.a.b", {.cut = Cut::Drop}, true).empty());
  CHECK(texts("eth0", {.cut = Cut::Drop}, true).empty());
}

TEST_CASE("A rejected direction answers at its far end, and lets answers of that kind pass") {
  const Impairment rejected{.cut = Cut::Reject};
  CHECK(texts("s.a.b", rejected, true) ==
        std::vector<std::string>{"iifname \"s.b.a\" goto refuse"});
  std::vector<std::string> refusing;
  for (const auto& rule : refusing_chain().rules) refusing.push_back(describe(rule));
  CHECK(refusing ==
        std::vector<std::string>{"tcp flags & rst == rst accept", "icmp type 3 code 13 accept",
                                 "meta l4proto 6 reject with tcp reset",
                                 "meta protocol ip reject with icmp admin-prohibited",
                                 "icmpv6 type & 254 != 128 accept",
                                 "meta protocol ip6 reject with icmp admin-prohibited"});
  CHECK(texts("s.a.b", rejected, false).empty());
}

TEST_CASE("Packets that are too long are dropped at the far end, whether it flaps or not") {
  const Impairment narrow{.longest_packet = 1400};
  const std::vector<std::string> expected = {"iifname \"r.b.a\" meta length > 1400 drop"};
  CHECK(texts("r.a.b", narrow, false) == expected);
  CHECK(texts("r.a.b", narrow, true) == expected);
}

TEST_CASE("A device that is no end of a link cannot reject") {
  CHECK(texts("eth0", {.cut = Cut::Reject}, true) ==
        std::vector<std::string>{"could not find the far end of eth0: it is no end of a link "
                                 "between sites; ends are named like s.a.b"});
}

TEST_CASE("Rules read back say what they do") {
  Impairment seen;
  const netlink::RuleSeen refusing{"refuse", "meta l4proto 6 reject with tcp reset", 0};
  add_rules_seen({refusing}, seen);
  CHECK(seen == Impairment{});  // nothing goes there
  add_rules_seen({refusing,
                  {"prerouting", "iifname \"s.b.a\" meta length > 1400 drop", 3},
                  {"prerouting", "iifname \"s.b.a\" goto refuse", 1}},
                 seen);
  CHECK(seen == Impairment{.cut = Cut::Reject, .longest_packet = 1400});
}

}  // namespace
}  // namespace splitsite::agent
