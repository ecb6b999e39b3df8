#include "harness/agent/links/link_devices.hpp"

#include <algorithm>

#include "harness/adapters/netlink/netem_shape.hpp"
#include "harness/agent/links/link_rules.hpp"

namespace splitsite::agent {
namespace {

bool down_at_first(const Impairment& asked) { return asked.flapping || asked.cut != Cut::None; }

// Where in its period a direction that has flapped for `since` is.
Duration into_period(const Flapping& flapping, Duration since) { return since % flapping.period; }

std::uint64_t stopped_by(const std::vector<netlink::RuleSeen>& rules) {
  std::uint64_t packets = 0;
  for (const netlink::RuleSeen& rule : rules) {
    const bool stops = rule.text.find("accept") == std::string::npos;
    const bool passes_on = rule.text.find("goto") != std::string::npos;
    if (stops && !passes_on) packets += rule.packets;
  }
  return packets;
}

}  // namespace

LinkDevices::LinkDevices(EventLoop& loop, const Clock& clock, LinkKernel& kernel, EventLog& events)
    : loop_(loop), clock_(clock), kernel_(kernel), events_(events) {
  const auto found = kernel_.rule_tables();  // an earlier agent's, whose leases will take them back
  if (!found) return;
  const std::string prefix = rule_table_of("");
  for (const std::string& table : found.value()) {
    if (table.rfind(prefix, 0) == 0) ruled_.insert(table.substr(prefix.size()));
  }
}

// Where the kernel has no rules for packets, whoever asks for one will be told so.
void LinkDevices::prepare(const std::string& device) {
  (void)kernel_.prepare_rules(rule_table_of(device));
}

Result<void> LinkDevices::check(const Impairment& impairment) const {
  return netlink::validate(impairment);
}

Result<Leaves::State> LinkDevices::read(const std::string& device) {
  SPLITSITE_TRY(const auto leaf, kernel_.read_leaf(device));
  std::vector<netlink::RuleSeen> seen;
  if (ruled_.contains(device)) {
    SPLITSITE_TRY(seen, kernel_.read_rules(rule_table_of(device)));
  }
  State state{leaf.impairment, leaf.limit, leaf.dropped + stopped_by(seen)};
  add_rules_seen(seen, state.impairment);
  const auto known = devices_.find(device);
  if (known == devices_.end()) return state;
  const Device& asked = known->second;
  SPLITSITE_TRY(const auto rules, rules_of(device, asked.asked, asked.down));
  if (agrees(asked, rules, leaf, seen)) state.impairment = asked.asked;
  return state;
}

bool LinkDevices::agrees(const Device& device, const std::vector<netlink::PacketRule>& rules,
                         const netlink::NetemLeaf& leaf,
                         const std::vector<netlink::RuleSeen>& seen) const {
  std::vector<netlink::RuleSeen> hooked;
  std::copy_if(seen.begin(), seen.end(), std::back_inserter(hooked),
               [](const netlink::RuleSeen& rule) { return rule.chain != refusing_chain().name; });
  const bool same_rules =
      std::equal(rules.begin(), rules.end(), hooked.begin(), hooked.end(),
                 [](const auto& rule, const auto& read) { return describe(rule) == read.text; });
  return same_rules &&
         netlink::same_leaf(netlink::leaf_part(device.asked, device.down), leaf.impairment);
}

Result<void> LinkDevices::change(const std::string& device, const Impairment& impairment) {
  SPLITSITE_TRY_VOID(check(impairment));
  const bool down = down_at_first(impairment);
  const auto changed = put(device, impairment, down);
  if (!changed) {
    const auto before = devices_.find(device);
    // Best effort: the error of the change itself is the one to tell.
    if (before != devices_.end()) (void)put(device, before->second.asked, before->second.down);
    return changed;
  }
  devices_[device] = Device{.asked = impairment, .down = down, .began = clock_.now()};
  stuck_.erase(device);
  schedule();
  return success();
}

// Rules first: they are refused for what is asked, the leaf only for a device that is not there.
Result<void> LinkDevices::put(const std::string& device, const Impairment& impairment, bool down) {
  SPLITSITE_TRY(const auto rules, rules_of(device, impairment, down));
  if (!rules.empty() || ruled_.contains(device)) {
    SPLITSITE_TRY_VOID(kernel_.put_rules(rule_table_of(device), rules));
    if (rules.empty()) {
      ruled_.erase(device);
    } else {
      ruled_.insert(device);
    }
  }
  const auto changed = kernel_.change_leaf(device, netlink::leaf_part(impairment, down));
  if (changed || rules.empty()) return changed;
  if (!devices_.contains(device) && kernel_.put_rules(rule_table_of(device), {})) {
    ruled_.erase(device);
  }
  return changed;
}

void LinkDevices::turn() {
  for (auto& [name, device] : devices_) {
    if (!device.asked.flapping) continue;
    const Flapping& flapping = *device.asked.flapping;
    const bool down = into_period(flapping, clock_.now() - device.began) < flapping.down;
    if (down == device.down && !stuck_.contains(name)) continue;
    const auto turned = put(name, device.asked, down);
    if (turned) {
      device.down = down;
      stuck_.erase(name);
    } else if (stuck_.insert(name).second) {
      // Told once; tried again at every edge. Reading the link shows that it does not do as asked.
      events_.emit("link.stuck", {{"device", name}, {"why", turned.error().message()}});
    }
  }
  schedule();
}

void LinkDevices::schedule() {
  loop_.cancel(timer_);
  timer_ = 0;
  std::optional<Duration> next;
  for (const auto& [name, device] : devices_) {
    if (!device.asked.flapping) continue;
    const Flapping& flapping = *device.asked.flapping;
    const Duration into = into_period(flapping, clock_.now() - device.began);
    const Duration left = (into < flapping.down ? flapping.down : flapping.period) - into;
    next = std::min(next.value_or(left), left);
  }
  if (next) timer_ = loop_.after(*next, [this] { turn(); });
}

}  // namespace splitsite::agent
