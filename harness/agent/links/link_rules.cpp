#include "harness/agent/links/link_rules.hpp"

#include <fmt/format.h>

#include <charconv>

namespace splitsite::agent {
namespace {

constexpr const char* refusing = "refuse";
constexpr std::string_view longer_words = "meta length > ";

// "s.a.b" -> "s.b.a"
Result<std::string> far_end_of(const std::string& device) {
  const auto first = device.find('.');
  const auto second = first == std::string::npos ? first : device.find('.', first + 1);
  if (second == std::string::npos || second + 1 == device.size()) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "find the far end of",
                 .subject = device,
                 .why = "it is no end of a link between sites",
                 .hint = "ends are named like s.a.b"};
  }
  return fmt::format("{}.{}.{}", device.substr(0, first), device.substr(second + 1),
                     device.substr(first + 1, second - first - 1));
}

}  // namespace

std::string rule_table_of(const std::string& device) {
  return fmt::format("{}-link-{}", netlink::own_prefix, device);
}

netlink::NamedChain refusing_chain() { return {refusing, netlink::refusal_of({})}; }

Result<std::vector<netlink::PacketRule>> rules_of(const std::string& device,
                                                  const Impairment& impairment, bool down) {
  std::vector<netlink::PacketRule> rules;
  const bool rejecting = down && impairment.cut == Cut::Reject;
  if (!rejecting && impairment.longest_packet == 0) return rules;
  SPLITSITE_TRY(const std::string far_end, far_end_of(device));
  if (impairment.longest_packet > 0) {
    netlink::PacketRule longer{.in_device = far_end,
                               .longer_than = impairment.longest_packet,
                               .verdict = netlink::Verdict::Drop};
    rules.push_back(std::move(longer));
  }
  if (rejecting) {
    rules.push_back(
        {.in_device = far_end, .verdict = netlink::Verdict::GoTo, .chain = refusing_chain().name});
  }
  return rules;
}

void add_rules_seen(const std::vector<netlink::RuleSeen>& rules, Impairment& impairment) {
  for (const netlink::RuleSeen& rule : rules) {
    if (rule.chain == refusing) continue;
    if (rule.text.find("goto") != std::string::npos) impairment.cut = Cut::Reject;
    const auto longer = rule.text.find(longer_words);
    if (longer == std::string::npos) continue;
    const char* number = rule.text.data() + longer + longer_words.size();
    std::from_chars(number, rule.text.data() + rule.text.size(), impairment.longest_packet);
  }
}

}  // namespace splitsite::agent
