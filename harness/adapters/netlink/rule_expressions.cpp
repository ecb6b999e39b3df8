#include "harness/adapters/netlink/rule_expressions.hpp"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/attr.h>

#include <algorithm>
#include <array>

namespace splitsite::netlink {
namespace {

// Writes expressions one after the other. Every match loads into register 1 and compares there.
class Writer {
 public:
  explicit Writer(nl_msg* message) : message_(message) {}

  bool ok() const { return ok_; }

  template <class Body>
  void expression(const char* name, Body body) {
    nested(NFTA_LIST_ELEM, [&] {
      ok_ = ok_ && nla_put_string(message_, NFTA_EXPR_NAME, name) >= 0;
      nested(NFTA_EXPR_DATA, body);
    });
  }
  template <class Body>
  void nested(int type, Body body) {
    nlattr* nest = nla_nest_start(message_, type);
    ok_ = ok_ && nest != nullptr;
    if (!ok_) return;
    body();
    if (ok_) nla_nest_end(message_, nest);
  }
  void number(int type, std::uint32_t value) {
    ok_ = ok_ && nla_put_u32(message_, type, htonl(value)) >= 0;
  }
  void text(int type, const std::string& value) {
    ok_ = ok_ && nla_put_string(message_, type, value.c_str()) >= 0;
  }
  void byte(int type, std::uint8_t value) { ok_ = ok_ && nla_put_u8(message_, type, value) >= 0; }
  void value(int type, const void* bytes, std::size_t size) {
    nested(type, [&] {
      ok_ = ok_ && nla_put(message_, NFTA_DATA_VALUE, static_cast<int>(size), bytes) >= 0;
    });
  }

  void load_meta(std::uint32_t key) {
    expression("meta", [&] {
      number(NFTA_META_DREG, NFT_REG_1);
      number(NFTA_META_KEY, key);
    });
  }
  void load_payload(std::uint32_t base, std::uint32_t offset, std::uint32_t length) {
    expression("payload", [&] {
      number(NFTA_PAYLOAD_DREG, NFT_REG_1);
      number(NFTA_PAYLOAD_BASE, base);
      number(NFTA_PAYLOAD_OFFSET, offset);
      number(NFTA_PAYLOAD_LEN, length);
    });
  }
  // What is left of the byte loaded.
  void mask(std::uint8_t bits) {
    constexpr std::uint8_t nothing = 0;
    expression("bitwise", [&] {
      number(NFTA_BITWISE_SREG, NFT_REG_1);
      number(NFTA_BITWISE_DREG, NFT_REG_1);
      number(NFTA_BITWISE_LEN, 1);
      value(NFTA_BITWISE_MASK, &bits, 1);
      value(NFTA_BITWISE_XOR, &nothing, 1);
    });
  }
  void compare(std::uint32_t how, const void* bytes, std::size_t size) {
    expression("cmp", [&] {
      number(NFTA_CMP_SREG, NFT_REG_1);
      number(NFTA_CMP_OP, how);
      value(NFTA_CMP_DATA, bytes, size);
    });
  }
  template <class T>
  void equals(T in_network_order) {
    compare(NFT_CMP_EQ, &in_network_order, sizeof in_network_order);
  }

 private:
  nl_msg* message_;
  bool ok_ = true;
};

void match_device(Writer& writer, std::uint32_t key, const std::string& name) {
  if (name.empty()) return;
  writer.load_meta(key);
  if (name.back() == '*') return writer.compare(NFT_CMP_EQ, name.data(), name.size() - 1);
  std::array<char, IFNAMSIZ> whole{};  // compared with its padding: no longer name matches
  std::copy_n(name.begin(), std::min(name.size(), whole.size() - 1), whole.begin());
  writer.compare(NFT_CMP_EQ, whole.data(), whole.size());
}

void match_network(Writer& writer, const PacketRule& rule) {
  if (rule.for_others) {
    writer.load_meta(NFT_META_PKTTYPE);
    writer.equals(static_cast<std::uint8_t>(PACKET_OTHERHOST));
  }
  if (rule.ipv4 || rule.source || rule.destination || rule.is_prohibited) {
    writer.load_meta(NFT_META_PROTOCOL);
    writer.equals(htons(0x0800));
  }
  if (rule.ipv6 || rule.is_signal6) {
    writer.load_meta(NFT_META_PROTOCOL);
    writer.equals(htons(0x86dd));
  }
  if (rule.source) {
    writer.load_payload(NFT_PAYLOAD_NETWORK_HEADER, 12, 4);
    writer.equals(htonl(*rule.source));
  }
  if (rule.destination) {
    writer.load_payload(NFT_PAYLOAD_NETWORK_HEADER, 16, 4);
    writer.equals(htonl(*rule.destination));
  }
}

std::optional<std::uint8_t> protocol_of(const PacketRule& rule) {
  if (rule.is_prohibited) return IPPROTO_ICMP;
  if (rule.is_signal6) return IPPROTO_ICMPV6;
  if (rule.is_reset || rule.source_port || rule.destination_port ||
      rule.verdict == Verdict::Reset) {
    return IPPROTO_TCP;
  }
  return rule.protocol;
}

void match_transport(Writer& writer, const PacketRule& rule) {
  if (const auto protocol = protocol_of(rule)) {
    writer.load_meta(NFT_META_L4PROTO);
    writer.equals(*protocol);
  }
  if (rule.source_port) {
    writer.load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2);
    writer.equals(htons(*rule.source_port));
  }
  if (rule.destination_port) {
    writer.load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
    writer.equals(htons(*rule.destination_port));
  }
  if (rule.is_reset) {
    constexpr std::uint8_t reset_flag = 0x04;
    writer.load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1);
    writer.mask(reset_flag);
    writer.equals(reset_flag);
  }
  if (rule.is_signal6) {
    constexpr std::uint8_t either_echo = 0xfe;  // 128 asks, 129 answers
    constexpr std::uint8_t echo = 128;
    writer.load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
    writer.mask(either_echo);
    writer.compare(NFT_CMP_NEQ, &echo, sizeof echo);
  }
  if (rule.is_prohibited) {
    writer.load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2);
    writer.equals(htons(3 << 8 | 13));
  }
}

void match_length(Writer& writer, int longer_than) {
  if (longer_than <= 0) return;
  writer.load_meta(NFT_META_LEN);
  // Comparing is comparing bytes, which needs the number in network order.
  writer.expression("byteorder", [&] {
    writer.number(NFTA_BYTEORDER_SREG, NFT_REG_1);
    writer.number(NFTA_BYTEORDER_DREG, NFT_REG_1);
    writer.number(NFTA_BYTEORDER_OP, NFT_BYTEORDER_HTON);
    writer.number(NFTA_BYTEORDER_LEN, 4);
    writer.number(NFTA_BYTEORDER_SIZE, 4);
  });
  const std::uint32_t bytes = htonl(static_cast<std::uint32_t>(longer_than));
  writer.compare(NFT_CMP_GT, &bytes, sizeof bytes);
}

std::uint32_t code_of(Verdict verdict) {
  if (verdict == Verdict::GoTo) return static_cast<std::uint32_t>(NFT_GOTO);
  return verdict == Verdict::Drop ? NF_DROP : NF_ACCEPT;
}

void put_verdict(Writer& writer, const PacketRule& rule) {
  const Verdict verdict = rule.verdict;
  // What is passed on is counted by the chain it goes to; nobody reads a counter here.
  if (verdict != Verdict::GoTo) writer.expression("counter", [] {});
  if (verdict == Verdict::Reset || verdict == Verdict::Prohibit) {
    writer.expression("reject", [&] {
      const bool reset = verdict == Verdict::Reset;
      writer.number(NFTA_REJECT_TYPE, reset ? NFT_REJECT_TCP_RST : NFT_REJECT_ICMPX_UNREACH);
      if (!reset) writer.byte(NFTA_REJECT_ICMP_CODE, NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
    });
    return;
  }
  writer.expression("immediate", [&] {
    writer.number(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    writer.nested(NFTA_IMMEDIATE_DATA, [&] {
      writer.nested(NFTA_DATA_VERDICT, [&] {
        writer.number(NFTA_VERDICT_CODE, code_of(verdict));
        if (verdict == Verdict::GoTo) writer.text(NFTA_VERDICT_CHAIN, rule.chain);
      });
    });
  });
}

}  // namespace

bool put_expressions(nl_msg* message, const PacketRule& rule) {
  Writer writer(message);
  writer.nested(NFTA_RULE_EXPRESSIONS, [&] {
    match_device(writer, NFT_META_IIFNAME, rule.in_device);
    match_device(writer, NFT_META_OIFNAME, rule.out_device);
    match_network(writer, rule);
    match_transport(writer, rule);
    match_length(writer, rule.longer_than);
    put_verdict(writer, rule);
  });
  return writer.ok();
}

}  // namespace splitsite::netlink
