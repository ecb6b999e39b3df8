#include "harness/adapters/netlink/packet_rules.hpp"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "harness/adapters/netlink/rule_message.hpp"

namespace splitsite::netlink {
namespace {

constexpr const char* module = "nf_tables";

bool is_ours(const std::string& table) { return table.rfind(own_prefix, 0) == 0; }

bool is_hook(const std::string& chain) {
  const auto hooks = {Hook::Prerouting, Hook::Input, Hook::Output, Hook::Postrouting};
  return std::any_of(hooks.begin(), hooks.end(), [&](Hook hook) { return chain == name_of(hook); });
}

Error not_ours(const std::string& table) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "use the table",
               .subject = table,
               .why = std::string("its name does not begin with ") + own_prefix};
}

// A request for a dump of `type`, of one table if it is given.
Message dump_of(int type, Family family, int table_attribute, const std::string& table) {
  Message message(nlmsg_alloc_simple(NFNL_SUBSYS_NFTABLES << 8 | type, NLM_F_DUMP));
  const auto number = family == Family::Inet ? NFPROTO_INET : NFPROTO_BRIDGE;
  nfgenmsg header{
      .nfgen_family = static_cast<std::uint8_t>(number), .version = NFNETLINK_V0, .res_id = 0};
  if (!message || nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0) return {};
  if (!table.empty() && nla_put_string(message.get(), table_attribute, table.c_str()) < 0) {
    return {};
  }
  return message;
}

std::string text_in(nlattr* attribute) {
  return attribute == nullptr ? std::string{} : nla_get_string(attribute);
}

// The comment: type, length, text with its end.
std::string comment_in(nlattr* data) {
  if (data == nullptr || nla_len(data) < 3) return {};
  return {static_cast<const char*>(nla_data(data)) + 2,
          static_cast<std::size_t>(nla_len(data)) - 3};
}

std::uint64_t packets_in(nlattr* expressions) {
  if (expressions == nullptr) return 0;
  nlattr* element = nullptr;
  int left = 0;
  nla_for_each_nested(element, expressions, left) {
    std::array<nlattr*, NFTA_EXPR_MAX + 1> expression{};
    std::array<nlattr*, NFTA_COUNTER_MAX + 1> counter{};
    if (nla_parse_nested(expression.data(), NFTA_EXPR_MAX, element, nullptr) < 0 ||
        text_in(expression[NFTA_EXPR_NAME]) != "counter" || expression[NFTA_EXPR_DATA] == nullptr ||
        nla_parse_nested(counter.data(), NFTA_COUNTER_MAX, expression[NFTA_EXPR_DATA], nullptr) <
            0 ||
        counter[NFTA_COUNTER_PACKETS] == nullptr) {
      continue;
    }
    return be64toh(nla_get_u64(counter[NFTA_COUNTER_PACKETS]));
  }
  return 0;
}

// These rules and no others.
void fill(RuleBatch& batch, Family family, const std::string& table, const std::string& chain,
          const std::vector<PacketRule>& rules) {
  batch.empty_chain(family, table, chain);
  for (const PacketRule& rule : rules) batch.add_rule(family, table, chain, rule);
}

void add_chains(RuleBatch& batch, const RuleTable& table) {
  batch.add_table(table.family, table.name);
  for (const NamedChain& chain : table.named) {
    batch.add_chain(table.family, table.name, chain.name);
    fill(batch, table.family, table.name, chain.name, chain.rules);
  }
  for (const RuleChain& chain : table.chains) {
    batch.add_chain(table.family, table.name, chain.hook);
  }
}

Result<void> done(const Answer& answer, Family family, const std::string& table) {
  if (answer.error == 0) return success();
  Error error = failure("put in force the packet rules", table, answer, module);
  // The one expression that is a module of its own, one per family.
  if (answer.error == ENOENT) {
    error.hint = std::string("load the module nft_reject_") + name_of(family);
  }
  return error;
}

}  // namespace

Result<PacketRules> PacketRules::open() {
  SPLITSITE_TRY(Socket socket, open_socket(NETLINK_NETFILTER));
  return PacketRules(std::move(socket));
}

unsigned PacketRules::next_sequence() { return nl_socket_use_seq(socket_.get()); }

Result<void> PacketRules::put(const RuleTable& table) {
  if (!is_ours(table.name)) return not_ours(table.name);
  RuleBatch batch(next_sequence());
  add_chains(batch, table);
  for (const RuleChain& chain : table.chains) {
    fill(batch, table.family, table.name, name_of(chain.hook), chain.rules);
  }
  return done(batch.send(socket_.get()), table.family, table.name);
}

Result<void> PacketRules::prepare(const RuleTable& table) {
  if (!is_ours(table.name)) return not_ours(table.name);
  RuleBatch batch(next_sequence());
  add_chains(batch, table);
  return done(batch.send(socket_.get()), table.family, table.name);
}

Result<void> PacketRules::replace(Family family, const std::string& table, const RuleChain& chain) {
  if (!is_ours(table)) return not_ours(table);
  RuleBatch batch(next_sequence());
  fill(batch, family, table, name_of(chain.hook), chain.rules);
  return done(batch.send(socket_.get()), family, table);
}

Result<void> PacketRules::remove(Family family, const std::string& table) {
  if (!is_ours(table)) return not_ours(table);
  RuleBatch batch(next_sequence());
  batch.delete_table(family, table);
  const Answer answer = batch.send(socket_.get());
  if (answer.error == 0 || answer.error == ENOENT) return success();
  return failure("take away the packet rules", table, answer, module);
}

Result<std::vector<RuleSeen>> PacketRules::read(Family family, const std::string& table) {
  const Message message = dump_of(NFT_MSG_GETRULE, family, NFTA_RULE_TABLE, table);
  if (!message) return failure("read the packet rules", table, {.error = ENOMEM}, module);
  std::vector<RuleSeen> rules;
  const Answer answer = exchange(socket_.get(), message.get(), [&](nlmsghdr* dumped) {
    std::array<nlattr*, NFTA_RULE_MAX + 1> rule{};
    if (nlmsg_parse(dumped, sizeof(nfgenmsg), rule.data(), NFTA_RULE_MAX, nullptr) < 0) return;
    if (text_in(rule[NFTA_RULE_TABLE]) != table) return;
    rules.push_back({text_in(rule[NFTA_RULE_CHAIN]), comment_in(rule[NFTA_RULE_USERDATA]),
                     packets_in(rule[NFTA_RULE_EXPRESSIONS])});
  });
  if (answer.error != 0 && answer.error != ENOENT) {
    return failure("read the packet rules", table, answer, module);
  }
  return rules;
}

Result<std::vector<std::string>> PacketRules::tables(Family family) {
  const Message message = dump_of(NFT_MSG_GETTABLE, family, NFTA_TABLE_NAME, {});
  if (!message) return failure("list the tables of", name_of(family), {.error = ENOMEM}, module);
  std::vector<std::string> names;
  const Answer answer = exchange(socket_.get(), message.get(), [&](nlmsghdr* dumped) {
    std::array<nlattr*, NFTA_TABLE_MAX + 1> table{};
    if (nlmsg_parse(dumped, sizeof(nfgenmsg), table.data(), NFTA_TABLE_MAX, nullptr) < 0) return;
    const std::string name = text_in(table[NFTA_TABLE_NAME]);
    if (is_ours(name)) names.push_back(name);
  });
  if (answer.error != 0) return failure("list the tables of", name_of(family), answer, module);
  return names;
}

Result<std::vector<std::string>> PacketRules::tables_with_rules(Family family) {
  const Message message = dump_of(NFT_MSG_GETRULE, family, NFTA_RULE_TABLE, {});
  if (!message) return failure("list the rules of", name_of(family), {.error = ENOMEM}, module);
  std::set<std::string> names;
  const Answer answer = exchange(socket_.get(), message.get(), [&](nlmsghdr* dumped) {
    std::array<nlattr*, NFTA_RULE_MAX + 1> rule{};
    if (nlmsg_parse(dumped, sizeof(nfgenmsg), rule.data(), NFTA_RULE_MAX, nullptr) < 0) return;
    const std::string table = text_in(rule[NFTA_RULE_TABLE]);
    if (is_ours(table) && is_hook(text_in(rule[NFTA_RULE_CHAIN]))) names.insert(table);
  });
  if (answer.error != 0) return failure("list the rules of", name_of(family), answer, module);
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace splitsite::netlink
