#include "harness/verdict/stays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "harness/observe/kinds.hpp"

namespace splitsite {
namespace {

bool flag(const Event& event, const char* key) {
  const auto it = event.data.find(key);
  return it != event.data.end() && it->is_boolean() && it->get<bool>();
}

std::string text(const Event& event, const char* key) {
  const auto it = event.data.find(key);
  return it != event.data.end() && it->is_string() ? it->get<std::string>() : std::string{};
}

bool is_power_off(const Event& event) {
  return event.kind == kind::node_power && !flag(event, "on");
}

// Follows on/off events of one subject through the nodes.
class StayBuilder {
 public:
  void on(const Event& event, std::string reason) {
    begin(NodeId(event.actor), event.at, std::move(reason));
  }

  void off(const NodeId& node, const Window& at, std::string reason) {
    const auto it = open_.find(node);
    if (it == open_.end()) return;
    stays_[it->second].end = at;
    stays_[it->second].ended_by = std::move(reason);
    open_.erase(it);
  }

  // Whatever is there stands still and goes on when the node does.
  void suspend(const NodeId& node, const Window& at) {
    if (open_.count(node) == 0) return;
    off(node, at, "suspended");
    suspended_.insert(node);
  }

  void resume(const NodeId& node, const Window& at) {
    if (suspended_.erase(node) > 0) begin(node, at, "resumed");
  }

  // The node lost what it had, suspended or not.
  void lose(const NodeId& node, const Window& at, std::string reason) {
    suspended_.erase(node);
    off(node, at, std::move(reason));
  }

  std::vector<Stay> take() { return std::move(stays_); }

 private:
  void begin(const NodeId& node, const Window& at, std::string reason) {
    if (open_.count(node) > 0) return;  // a repeated report of what is known
    open_[node] = stays_.size();
    stays_.push_back(Stay{node, at, std::nullopt, std::move(reason), {}});
  }

  std::set<NodeId> suspended_;
  std::vector<Stay> stays_;
  std::map<NodeId, std::size_t> open_;
};

std::vector<Stay> stays_of(const Events& events, const char* event_kind, const char* key,
                           const std::string& subject) {
  StayBuilder builder;
  for (const Event& event : events) {
    if (is_power_off(event)) {
      builder.lose(NodeId(event.subject), event.at, "power off");
    } else if (event.kind == kind::node_suspended) {
      if (flag(event, "suspended")) {
        builder.suspend(NodeId(event.subject), event.at);
      } else {
        builder.resume(NodeId(event.subject), event.at);
      }
    } else if (event.kind == kind::agent_start) {
      // The node booted anew: whatever ran there before is gone, at the latest now.
      builder.lose(NodeId(event.actor), event.at, "node restarted");
    } else if (event.kind == event_kind && event.subject == subject) {
      if (flag(event, key)) {
        builder.on(event, text(event, "reason"));
      } else {
        builder.off(NodeId(event.actor), event.at, text(event, "reason"));
      }
    }
  }
  return builder.take();
}

constexpr Duration kForever = Duration(std::numeric_limits<std::int64_t>::max());

}  // namespace

std::vector<Stay> running_stays(const Events& events, const VmId& vm) {
  return stays_of(events, kind::vm_running, "running", vm.str());
}

std::vector<Stay> lease_stays(const Events& events, const std::string& lease) {
  return stays_of(events, kind::lease_held, "held", lease);
}

Overlap overlap(const Stay& first, const Stay& second) {
  const auto end_lo = [](const Stay& s) { return s.end ? s.end->lo : kForever; };
  const auto end_hi = [](const Stay& s) { return s.end ? s.end->hi : kForever; };
  const Duration certain_begin = std::max(first.begin.hi, second.begin.hi);
  const Duration possible_begin = std::max(first.begin.lo, second.begin.lo);
  return Overlap{.certain = std::min(end_lo(first), end_lo(second)) - certain_begin,
                 .possible = std::min(end_hi(first), end_hi(second)) - possible_begin};
}

const Event* first_after(const Events& events, Duration from,
                         const std::function<bool(const Event&)>& matches) {
  for (const Event& event : events) {
    if (event.at.lo >= from && matches(event)) return &event;
  }
  return nullptr;
}

const Event* lifted_between(const Events& events, const Window& from, const Window& to) {
  const auto found = std::find_if(events.begin(), events.end(), [&](const Event& event) {
    return (event.kind == kind::deadman_lifted || event.kind == kind::deadman_failed) &&
           event.at.hi >= from.lo && event.at.lo < to.lo;
  });
  return found == events.end() ? nullptr : &*found;
}

const Event* find_kind(const Events& events, const std::string& wanted) {
  return first_after(events, Duration::min(), [&](const Event& e) { return e.kind == wanted; });
}

std::string format_offset(Duration offset) {
  return fmt::format("+{:.3f} s", std::chrono::duration<double>(offset).count());
}

std::string describe(const Stay& stay) {
  const std::string until = stay.end ? format_offset(stay.end->hi) : "the end";
  std::string text =
      fmt::format("{} from {} to {}", stay.node, format_offset(stay.begin.lo), until);
  if (!stay.began_by.empty()) text += fmt::format(", began: {}", stay.began_by);
  if (!stay.ended_by.empty()) text += fmt::format(", ended: {}", stay.ended_by);
  return text;
}

}  // namespace splitsite
