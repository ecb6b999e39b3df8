#include "harness/agent/traffic/traffic_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "harness/adapters/netlink/bridge.hpp"
#include "harness/adapters/netlink/packet_rules.hpp"
#include "harness/agent/traffic/block_rules.hpp"

namespace splitsite::agent {
namespace {

using netlink::Family;
using netlink::PacketRules;
using netlink::RuleTable;

const std::string table_prefix = std::string(netlink::own_prefix) + "-traffic-";

// In the order in which the kernel tells them: chain by chain.
std::vector<std::string> texts_of(const RuleTable& table) {
  std::vector<std::string> texts;
  for (const auto& chain : table.chains) {
    for (const auto& rule : chain.rules) texts.push_back(describe(rule));
  }
  return texts;
}

class TrafficBlocking final : public Change {
 public:
  explicit TrafficBlocking(bool has_guests) : has_guests_(has_guests) {}

  Result<Json> prepare(const Json& arguments) override {
    SPLITSITE_TRY(const auto block, traffic_block_from(arguments));
    if (tables_of(block, "", has_guests_).empty()) {
      return Error{.kind = ErrorKind::Unavailable,
                   .attempted = "block",
                   .subject = "the guests' traffic",
                   .why = "this node runs no guests"};
    }
    // Never used twice, also not by a later agent.
    return Json{{"table", table_prefix + std::to_string(node_now().count())}};
  }

  Result<Json> apply(const Json& arguments, Json& remembered) override {
    SPLITSITE_TRY(const auto block, traffic_block_from(arguments));
    SPLITSITE_TRY(PacketRules* const rules, open());
    for (const RuleTable& table : tables_of(block, remembered.at("table"), has_guests_)) {
      SPLITSITE_TRY_VOID(rules->put(table));
    }
    return Json::object();
  }

  Result<void> revert(const Json& remembered) override {
    SPLITSITE_TRY(PacketRules* const rules, open());
    const std::string table = remembered.at("table");
    const auto own = rules->remove(Family::Inet, table);
    const auto guests = rules->remove(Family::Bridge, table);
    return own ? guests : own;
  }

  // A block is in force if for each of its tables there is one with the same rules.
  Result<Json> observe(const Json& arguments) override {
    SPLITSITE_TRY(const auto block, traffic_block_from(arguments));
    SPLITSITE_TRY(PacketRules* const rules, open());
    bool in_force = true;
    std::uint64_t packets = 0;
    for (const RuleTable& wanted : tables_of(block, "", has_guests_)) {
      SPLITSITE_TRY(const auto stopped, stopped_by(*rules, wanted));
      in_force = in_force && stopped.has_value();
      packets += stopped.value_or(0);
    }
    return Json{{"in_force", in_force}, {"packets", packets}};
  }

 private:
  // Opened when first needed: merely asking makes the kernel load its modules.
  Result<PacketRules*> open() {
    if (!rules_) {
      SPLITSITE_TRY(auto opened, PacketRules::open());
      rules_ = std::move(opened);
    }
    return &*rules_;
  }

  // Nothing if no table of ours has exactly the rules of `wanted`.
  static Result<std::optional<std::uint64_t>> stopped_by(PacketRules& rules,
                                                         const RuleTable& wanted) {
    const auto texts = texts_of(wanted);
    std::optional<std::uint64_t> packets;
    SPLITSITE_TRY(const auto names, rules.tables(wanted.family));
    for (const std::string& name : names) {
      if (name.rfind(table_prefix, 0) != 0) continue;
      SPLITSITE_TRY(const auto seen, rules.read(wanted.family, name));
      const bool same =
          std::equal(texts.begin(), texts.end(), seen.begin(), seen.end(),
                     [](const auto& text, const auto& rule) { return text == rule.text; });
      if (!same) continue;
      packets = packets.value_or(0);
      for (const auto& rule : seen) {
        if (rule.text.find("accept") == std::string::npos) *packets += rule.packets;
      }
    }
    return packets;
  }

  bool has_guests_;
  std::optional<PacketRules> rules_;
};

class NicDown final : public Change {
 public:
  Result<Json> prepare(const Json& arguments) override {
    SPLITSITE_TRY(const auto device, device_in(arguments));
    SPLITSITE_TRY(auto route, netlink::Route::open());
    SPLITSITE_TRY(const auto state, route.state(device));
    if (!state.up) {
      return Error{.kind = ErrorKind::Conflict,
                   .attempted = "take down the network card",
                   .subject = device,
                   .why = "it is down already"};
    }
    return Json{{"device", device}};
  }

  Result<Json> apply(const Json& arguments, Json&) override {
    SPLITSITE_TRY(const auto device, device_in(arguments));
    SPLITSITE_TRY(auto route, netlink::Route::open());
    SPLITSITE_TRY_VOID(route.set_down(device));
    return Json::object();
  }

  Result<void> revert(const Json& remembered) override {
    SPLITSITE_TRY(auto route, netlink::Route::open());
    return route.set_up(remembered.at("device"));
  }

  Result<Json> observe(const Json& arguments) override {
    SPLITSITE_TRY(const auto device, device_in(arguments));
    SPLITSITE_TRY(auto route, netlink::Route::open());
    SPLITSITE_TRY(const auto state, route.state(device));
    return Json{{"device", device}, {"up", state.up}, {"carrier", state.carrier}};
  }

 private:
  static Result<std::string> device_in(const Json& given) {
    Arguments arguments("nic.down", given);
    SPLITSITE_TRY(auto device, arguments.text("device"));
    SPLITSITE_TRY_VOID(arguments.nothing_else());
    return device;
  }
};

}  // namespace

void add_traffic_changes(ChangeBook& book, bool has_guests) {
  book.add("traffic.block", std::make_unique<TrafficBlocking>(has_guests));
  book.add("nic.down", std::make_unique<NicDown>());
}

}  // namespace splitsite::agent
