// What the kernel does for links: a netem leaf on a device, and a table of packet rules. A port, so
// that LinkDevices can be tested without a kernel; and its real side over netlink.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/adapters/netlink/netem.hpp"
#include "harness/adapters/netlink/packet_rules.hpp"

namespace splitsite::agent {

class LinkKernel {
 public:
  virtual ~LinkKernel() = default;
  virtual Result<netlink::NetemLeaf> read_leaf(const std::string& device) = 0;
  virtual Result<void> change_leaf(const std::string& device, const Impairment& leaf) = 0;
  virtual Result<std::vector<netlink::RuleSeen>> read_rules(const std::string& table) = 0;
  // Readies the table, so that putting rules into it takes no longer the first time.
  virtual Result<void> prepare_rules(const std::string& table) = 0;
  virtual Result<void> put_rules(const std::string& table,
                                 const std::vector<netlink::PacketRule>& rules) = 0;
  virtual Result<std::vector<std::string>> rule_tables() = 0;  // those with rules in force
};

// Opens nftables only when it is needed: merely asking makes the kernel load its modules.
class NetlinkLinkKernel final : public LinkKernel {
 public:
  explicit NetlinkLinkKernel(netlink::Netem netem) : netem_(std::move(netem)) {}

  Result<netlink::NetemLeaf> read_leaf(const std::string& device) override;
  Result<void> change_leaf(const std::string& device, const Impairment& leaf) override;
  Result<std::vector<netlink::RuleSeen>> read_rules(const std::string& table) override;
  Result<void> prepare_rules(const std::string& table) override;
  Result<void> put_rules(const std::string& table,
                         const std::vector<netlink::PacketRule>& rules) override;
  Result<std::vector<std::string>> rule_tables() override;

 private:
  Result<netlink::PacketRules*> rules();

  netlink::Netem netem_;
  std::optional<netlink::PacketRules> rules_;
  std::set<std::string> prepared_;
};

}  // namespace splitsite::agent
