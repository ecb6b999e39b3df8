// Tables and rules as nfnetlink messages: one transaction, which the kernel takes whole or not at
// all. Written attribute by attribute, because libnl knows only netfilter's older tables.
#pragma once

#include <string>

#include "harness/adapters/netlink/packet_rule.hpp"
#include "harness/adapters/netlink/request.hpp"

namespace splitsite::netlink {

class RuleBatch {
 public:
  // `first_sequence` numbers its messages.
  explicit RuleBatch(unsigned first_sequence);

  void add_table(Family family, const std::string& table);  // one that is there stays
  void delete_table(Family family, const std::string& table);
  // One that is there stays as it is.
  void add_chain(Family family, const std::string& table, Hook hook);
  void add_chain(Family family, const std::string& table, const std::string& name);
  void empty_chain(Family family, const std::string& table, const std::string& chain);
  void add_rule(Family family, const std::string& table, const std::string& chain,
                const PacketRule& rule);

  // Sends it all. ENOENT: a table to delete is not there; then nothing has changed.
  Answer send(nl_sock* socket);

 private:
  Message begin_message(int type, int flags, Family family);
  void append(const Message& message);
  void append_mark(int type);

  unsigned first_;
  unsigned next_;
  std::size_t latest_ = 0;  // where the message added last begins
  bool room_ = true;        // false: a message did not fit, nothing is sent
  std::string bytes_;
};

}  // namespace splitsite::netlink
