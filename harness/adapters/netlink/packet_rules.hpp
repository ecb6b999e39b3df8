// nftables over nfnetlink: tables of our own, each put in force whole in one transaction and taken
// away whole. No `nft` process. Rule: touches only tables whose names begin with own_prefix; it
// never flushes or changes anybody else's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/adapters/netlink/packet_rule.hpp"
#include "harness/adapters/netlink/socket.hpp"

namespace splitsite::netlink {

constexpr const char* own_prefix = "splitsite";

// A rule as the kernel has it now.
struct RuleSeen {
  std::string chain;          // "prerouting", or a named one
  std::string text;           // describe() of what was put there
  std::uint64_t packets = 0;  // that it matched since

  bool operator==(const RuleSeen&) const = default;
};

// Belongs to the network namespace it was opened in. Errors carry the kernel's own explanation.
class PacketRules {
 public:
  static Result<PacketRules> open();

  // In force for every packet that comes after this returns; the rules that the table had are gone
  // in the same instant. Invalid, and nothing changed, if the name is not ours or a rule cannot be.
  Result<void> put(const RuleTable& table);
  // Makes the table, its hooks' chains and its named chains with their rules, where they are not
  // yet there; what the hooks' chains hold stays.
  Result<void> prepare(const RuleTable& table);
  // Changes the rules of one hook of a table that is there, and nothing else of it: no chain comes
  // or goes, so the kernel patches no code of its own. In force when it returns.
  Result<void> replace(Family family, const std::string& table, const RuleChain& chain);
  // Success if it is not there.
  Result<void> remove(Family family, const std::string& table);
  // In the order in which they are asked. Empty if there is no such table.
  Result<std::vector<RuleSeen>> read(Family family, const std::string& table);
  // Our own ones, by name.
  Result<std::vector<std::string>> tables(Family family);
  // Those of them that have a rule in a hook's chain.
  Result<std::vector<std::string>> tables_with_rules(Family family);

 private:
  explicit PacketRules(Socket socket) : socket_(std::move(socket)) {}
  unsigned next_sequence();

  Socket socket_;
};

}  // namespace splitsite::netlink
