#include "harness/agent/traffic/block_rules.hpp"

#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using nlohmann::json;

json asked(const std::string& what, const std::string& how, const json& more = json::object()) {
  json arguments{{"direction", "both"}, {"peers", json::array()}, {"what", what}, {"how", how}};
  arguments.update(more);
  return arguments;
}

std::vector<std::string> rules(const json& arguments, bool has_guests) {
  std::vector<std::string> lines;
  const auto block = traffic_block_from(arguments);
  if (!block) return {block.error().message()};
  for (const auto& table : tables_of(block.value(), "t", has_guests)) {
    for (const auto& chain : table.chains) {
      for (const auto& rule : chain.rules) {
        lines.push_back(std::string(name_of(table.family)) + " " + name_of(chain.hook) + ": " +
                        describe(rule));
      }
    }
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST_CASE("All traffic of a node without guests: its own, but not what it says to itself") {
  CHECK(rules(asked("all", "drop"), false) ==
        Lines{"inet input: iifname \"lo\" accept", "inet input: drop",
              "inet output: oifname \"lo\" accept", "inet output: drop"});
}

TEST_CASE("All traffic of a host is its own and its guests'") {
  CHECK(rules(asked("all", "drop", {{"direction", "in"}}), true) ==
        Lines{"inet input: iifname \"lo\" accept", "inet input: drop",
              "bridge prerouting: iifname \"vnet*\" accept",
              "bridge prerouting: meta pkttype other drop"});
}

TEST_CASE("Traffic with some peers is matched by address, at the end where they are") {
  CHECK(rules(asked("all", "drop", {{"peers", {"10.77.0.12", "10.77.0.13"}}}), false) ==
        Lines{"inet input: iifname \"lo\" accept", "inet input: ip saddr 10.77.0.12 drop",
              "inet input: ip saddr 10.77.0.13 drop", "inet output: oifname \"lo\" accept",
              "inet output: ip daddr 10.77.0.12 drop", "inet output: ip daddr 10.77.0.13 drop"});
}

TEST_CASE("Storage is the iSCSI port at either end, refused by resets") {
  CHECK(rules(asked("storage", "reject", {{"direction", "out"}, {"device", "eth0"}}), true) ==
        Lines{"inet output: oifname \"lo\" accept",
              "inet output: oifname \"eth0\" tcp dport 3260 tcp flags & rst == rst accept",
              "inet output: oifname \"eth0\" meta l4proto 6 tcp dport 3260 reject with tcp reset",
              "inet output: oifname \"eth0\" tcp sport 3260 tcp flags & rst == rst accept",
              "inet output: oifname \"eth0\" meta l4proto 6 tcp sport 3260 reject with tcp "
              "reset"});
}

TEST_CASE("Management is what remains of the node's own traffic") {
  CHECK(rules(asked("management", "drop", {{"direction", "in"}}), true) ==
        Lines{"inet input: iifname \"lo\" accept", "inet input: tcp dport 3260 accept",
              "inet input: tcp sport 3260 accept", "inet input: drop"});
}

TEST_CASE("Guests' traffic is matched on the bridge, also where it is answered") {
  CHECK(rules(asked("guests", "reject", {{"direction", "out"}}), true) ==
        Lines{"bridge prerouting: iifname \"vnet*\" tcp flags & rst == rst accept",
              "bridge prerouting: iifname \"vnet*\" icmp type 3 code 13 accept",
              "bridge prerouting: iifname \"vnet*\" meta l4proto 6 reject with tcp reset",
              "bridge prerouting: iifname \"vnet*\" meta protocol ip reject with icmp "
              "admin-prohibited",
              "bridge prerouting: iifname \"vnet*\" icmpv6 type & 254 != 128 accept",
              "bridge prerouting: iifname \"vnet*\" meta protocol ip6 reject with icmp "
              "admin-prohibited"});
  CHECK(rules(asked("guests", "drop"), false).empty());
}

TEST_CASE("An argument that cannot be is refused with what is allowed") {
  CHECK(rules(asked("wine", "drop"), false) ==
        Lines{"could not block traffic by the argument what: \"wine\" is not allowed; allowed: "
              "all, storage, management, guests"});
  CHECK(rules(asked("all", "ignore"), false).front().find("drop, reject") != std::string::npos);
  CHECK(rules(asked("all", "drop", {{"direction", "up"}}), false).front().find("in, out, both") !=
        std::string::npos);
  CHECK(rules(asked("all", "drop", {{"peers", {"host-a1"}}}), false) ==
        Lines{"could not block traffic by the argument peers: \"host-a1\" is not allowed; allowed: "
              "a list of IPv4 addresses, or an empty one for everybody"});
  CHECK(rules(asked("all", "drop", {{"peer", "10.0.0.1"}}), false).front().find("peer: ") !=
        std::string::npos);
}

}  // namespace
}  // namespace splitsite::agent
