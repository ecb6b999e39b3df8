#include "harness/adapters/netlink/rule_message.hpp"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_bridge.h>
#include <netlink/attr.h>

#include <algorithm>
#include <cerrno>

#include "harness/adapters/netlink/rule_expressions.hpp"

namespace splitsite::netlink {
namespace {

constexpr std::size_t message_room = 2048;
constexpr std::int32_t before_filters = -300;  // of other tables, in both families
constexpr std::size_t comment_most = 250;
constexpr char comment_type = 0;  // nft shows it as the rule's comment

std::uint8_t number_of(Family family) {
  return family == Family::Inet ? std::uint8_t{NFPROTO_INET} : std::uint8_t{NFPROTO_BRIDGE};
}

std::uint32_t number_of(Family family, Hook hook) {
  const bool bridge = family == Family::Bridge;
  switch (hook) {
    case Hook::Prerouting:
      return bridge ? NF_BR_PRE_ROUTING : NF_INET_PRE_ROUTING;
    case Hook::Input:
      return bridge ? NF_BR_LOCAL_IN : NF_INET_LOCAL_IN;
    case Hook::Output:
      return bridge ? NF_BR_LOCAL_OUT : NF_INET_LOCAL_OUT;
    case Hook::Postrouting:
      return bridge ? NF_BR_POST_ROUTING : NF_INET_POST_ROUTING;
  }
  return 0;
}

bool put_be32(nl_msg* message, int type, std::uint32_t value) {
  return nla_put_u32(message, type, htonl(value)) >= 0;
}

bool put_hook(nl_msg* message, Family family, Hook hook) {
  nlattr* nest = nla_nest_start(message, NFTA_CHAIN_HOOK);
  if (nest == nullptr || !put_be32(message, NFTA_HOOK_HOOKNUM, number_of(family, hook)) ||
      !put_be32(message, NFTA_HOOK_PRIORITY, static_cast<std::uint32_t>(before_filters))) {
    return false;
  }
  nla_nest_end(message, nest);
  return true;
}

// The rule in words, kept with it by the kernel: how it is recognised when it is read back.
bool put_comment(nl_msg* message, std::string text) {
  text.resize(std::min(text.size(), comment_most));
  std::string data{comment_type, static_cast<char>(text.size() + 1)};
  data += text;
  data += '\0';
  return nla_put(message, NFTA_RULE_USERDATA, static_cast<int>(data.size()), data.data()) >= 0;
}

}  // namespace

RuleBatch::RuleBatch(unsigned first_sequence) : first_(first_sequence), next_(first_sequence) {
  append_mark(NFNL_MSG_BATCH_BEGIN);
}

Message RuleBatch::begin_message(int type, int flags, Family family) {
  Message message(nlmsg_alloc_size(message_room));
  const int whole_type = NFNL_SUBSYS_NFTABLES << 8 | type;
  nfgenmsg header{.nfgen_family = number_of(family), .version = NFNETLINK_V0, .res_id = 0};
  if (!message ||
      nlmsg_put(message.get(), 0, next_++, whole_type, 0, NLM_F_REQUEST | flags) == nullptr ||
      nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0) {
    room_ = false;
  }
  return message;
}

void RuleBatch::append(const Message& message) {
  if (!room_) return;
  const nlmsghdr* header = nlmsg_hdr(message.get());
  latest_ = bytes_.size();
  bytes_.append(reinterpret_cast<const char*>(header), header->nlmsg_len);
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
}

void RuleBatch::append_mark(int type) {
  Message message(nlmsg_alloc_size(message_room));
  nfgenmsg header{
      .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons(NFNL_SUBSYS_NFTABLES)};
  if (!message || nlmsg_put(message.get(), 0, next_++, type, 0, NLM_F_REQUEST) == nullptr ||
      nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0) {
    room_ = false;
  }
  append(message);
}

void RuleBatch::add_table(Family family, const std::string& table) {
  const Message message = begin_message(NFT_MSG_NEWTABLE, NLM_F_CREATE, family);
  room_ = room_ && nla_put_string(message.get(), NFTA_TABLE_NAME, table.c_str()) >= 0;
  append(message);
}

void RuleBatch::delete_table(Family family, const std::string& table) {
  const Message message = begin_message(NFT_MSG_DELTABLE, 0, family);
  room_ = room_ && nla_put_string(message.get(), NFTA_TABLE_NAME, table.c_str()) >= 0;
  append(message);
}

void RuleBatch::add_chain(Family family, const std::string& table, Hook hook) {
  const Message message = begin_message(NFT_MSG_NEWCHAIN, NLM_F_CREATE, family);
  room_ = room_ && nla_put_string(message.get(), NFTA_CHAIN_TABLE, table.c_str()) >= 0 &&
          nla_put_string(message.get(), NFTA_CHAIN_NAME, name_of(hook)) >= 0 &&
          put_hook(message.get(), family, hook) &&
          put_be32(message.get(), NFTA_CHAIN_POLICY, NF_ACCEPT) &&
          nla_put_string(message.get(), NFTA_CHAIN_TYPE, "filter") >= 0;
  append(message);
}

void RuleBatch::add_chain(Family family, const std::string& table, const std::string& name) {
  const Message message = begin_message(NFT_MSG_NEWCHAIN, NLM_F_CREATE, family);
  room_ = room_ && nla_put_string(message.get(), NFTA_CHAIN_TABLE, table.c_str()) >= 0 &&
          nla_put_string(message.get(), NFTA_CHAIN_NAME, name.c_str()) >= 0;
  append(message);
}

void RuleBatch::empty_chain(Family family, const std::string& table, const std::string& chain) {
  const Message message = begin_message(NFT_MSG_DELRULE, 0, family);
  room_ = room_ && nla_put_string(message.get(), NFTA_RULE_TABLE, table.c_str()) >= 0 &&
          nla_put_string(message.get(), NFTA_RULE_CHAIN, chain.c_str()) >= 0;
  append(message);
}

void RuleBatch::add_rule(Family family, const std::string& table, const std::string& chain,
                         const PacketRule& rule) {
  const Message message = begin_message(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, family);
  room_ = room_ && nla_put_string(message.get(), NFTA_RULE_TABLE, table.c_str()) >= 0 &&
          nla_put_string(message.get(), NFTA_RULE_CHAIN, chain.c_str()) >= 0 &&
          put_expressions(message.get(), rule) && put_comment(message.get(), describe(rule));
  append(message);
}

Answer RuleBatch::send(nl_sock* socket) {
  if (!room_) return {.error = ENOBUFS};
  const unsigned last = next_ - 1;
  // Only the last is acknowledged: what fails is told anyway, and every acknowledgement costs as
  // much as a rule does.
  reinterpret_cast<nlmsghdr*>(bytes_.data() + latest_)->nlmsg_flags |= NLM_F_ACK;
  append_mark(NFNL_MSG_BATCH_END);
  if (!room_) return {.error = ENOBUFS};
  return exchange_batch(socket, bytes_, first_, last);
}

}  // namespace splitsite::netlink
