#include "harness/agent/links/link_kernel.hpp"

#include <unistd.h>

#include "harness/agent/links/link_rules.hpp"

namespace splitsite::agent {

using netlink::Family;

Result<netlink::NetemLeaf> NetlinkLinkKernel::read_leaf(const std::string& device) {
  return netem_.read(device);
}

Result<void> NetlinkLinkKernel::change_leaf(const std::string& device, const Impairment& leaf) {
  return netem_.change(device, leaf);
}

Result<std::vector<netlink::RuleSeen>> NetlinkLinkKernel::read_rules(const std::string& table) {
  SPLITSITE_TRY(netlink::PacketRules* const open, rules());
  return open->read(Family::Bridge, table);
}

Result<void> NetlinkLinkKernel::put_rules(const std::string& table,
                                          const std::vector<netlink::PacketRule>& given) {
  SPLITSITE_TRY(netlink::PacketRules* const open, rules());
  SPLITSITE_TRY_VOID(prepare_rules(table));
  return open->replace(Family::Bridge, table, {.hook = netlink::Hook::Prerouting, .rules = given});
}

Result<void> NetlinkLinkKernel::prepare_rules(const std::string& table) {
  if (prepared_.contains(table)) return success();
  SPLITSITE_TRY(netlink::PacketRules* const open, rules());
  netlink::RuleTable ready{.family = Family::Bridge,
                           .name = table,
                           .chains = {{.hook = netlink::Hook::Prerouting, .rules = {}}},
                           .named = {refusing_chain()}};
  if (!open->prepare(ready)) {
    // A kernel that cannot refuse packets can still count and drop them.
    ready.named.clear();
    SPLITSITE_TRY_VOID(open->prepare(ready));
  }
  prepared_.insert(table);
  return success();
}

Result<std::vector<std::string>> NetlinkLinkKernel::rule_tables() {
  // Not loaded: nobody has asked for a rule since the node's start.
  if (::access("/sys/module/nf_tables", F_OK) != 0) return std::vector<std::string>{};
  SPLITSITE_TRY(netlink::PacketRules* const open, rules());
  return open->tables_with_rules(Family::Bridge);
}

Result<netlink::PacketRules*> NetlinkLinkKernel::rules() {
  if (!rules_) {
    SPLITSITE_TRY(auto opened, netlink::PacketRules::open());
    rules_ = std::move(opened);
  }
  return &*rules_;
}

}  // namespace splitsite::agent
