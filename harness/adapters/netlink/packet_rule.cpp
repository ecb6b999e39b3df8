#include "harness/adapters/netlink/packet_rule.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <netinet/in.h>

namespace splitsite::netlink {
namespace {

std::string dotted(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 255, address >> 8 & 255,
                     address & 255);
}

const char* word(Verdict verdict) {
  switch (verdict) {
    case Verdict::Accept:
      return "accept";
    case Verdict::Drop:
      return "drop";
    case Verdict::Reset:
      return "reject with tcp reset";
    case Verdict::Prohibit:
      return "reject with icmp admin-prohibited";
    case Verdict::GoTo:
      return "goto";
  }
  return "";
}

}  // namespace

std::string describe(const PacketRule& rule) {
  std::vector<std::string> words;
  if (!rule.in_device.empty()) words.push_back(fmt::format("iifname \"{}\"", rule.in_device));
  if (!rule.out_device.empty()) words.push_back(fmt::format("oifname \"{}\"", rule.out_device));
  if (rule.for_others) words.emplace_back("meta pkttype other");
  if (rule.ipv4) words.emplace_back("meta protocol ip");
  if (rule.ipv6) words.emplace_back("meta protocol ip6");
  if (rule.source) words.push_back("ip saddr " + dotted(*rule.source));
  if (rule.destination) words.push_back("ip daddr " + dotted(*rule.destination));
  if (rule.protocol) words.push_back(fmt::format("meta l4proto {}", *rule.protocol));
  if (rule.source_port) words.push_back(fmt::format("tcp sport {}", *rule.source_port));
  if (rule.destination_port) words.push_back(fmt::format("tcp dport {}", *rule.destination_port));
  if (rule.is_reset) words.emplace_back("tcp flags & rst == rst");
  if (rule.is_prohibited) words.emplace_back("icmp type 3 code 13");
  if (rule.is_signal6) words.emplace_back("icmpv6 type & 254 != 128");
  if (rule.longer_than > 0) words.push_back(fmt::format("meta length > {}", rule.longer_than));
  words.emplace_back(word(rule.verdict));
  if (rule.verdict == Verdict::GoTo) words.push_back(rule.chain);
  return fmt::format("{}", fmt::join(words, " "));
}

const char* name_of(Family family) { return family == Family::Inet ? "inet" : "bridge"; }

const char* name_of(Hook hook) {
  switch (hook) {
    case Hook::Prerouting:
      return "prerouting";
    case Hook::Input:
      return "input";
    case Hook::Output:
      return "output";
    case Hook::Postrouting:
      return "postrouting";
  }
  return "";
}

std::vector<PacketRule> refusal_of(PacketRule match) {
  std::vector<PacketRule> rules;
  const auto add = [&](Verdict verdict, auto&& narrow) {
    PacketRule rule = match;
    rule.verdict = verdict;
    narrow(rule);
    rules.push_back(std::move(rule));
  };
  const bool by_port = match.source_port || match.destination_port;
  const bool tcp_possible = !match.protocol || *match.protocol == IPPROTO_TCP;
  if (tcp_possible) add(Verdict::Accept, [](PacketRule& rule) { rule.is_reset = true; });
  if (!match.protocol && !by_port) {
    add(Verdict::Accept, [](PacketRule& rule) { rule.is_prohibited = true; });
  }
  if (tcp_possible) add(Verdict::Reset, [](PacketRule& rule) { rule.protocol = IPPROTO_TCP; });
  if (by_port) return rules;
  add(Verdict::Prohibit, [](PacketRule& rule) { rule.ipv4 = true; });
  if (match.ipv4 || match.source || match.destination) return rules;
  if (!match.protocol) add(Verdict::Accept, [](PacketRule& rule) { rule.is_signal6 = true; });
  add(Verdict::Prohibit, [](PacketRule& rule) { rule.ipv6 = true; });
  return rules;
}

}  // namespace splitsite::netlink
