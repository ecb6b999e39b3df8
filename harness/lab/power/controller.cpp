#include "harness/lab/power/controller.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace splitsite::power {
namespace {

Answer refused(const std::string& why) { return {.on = false, .error = why}; }

}  // namespace

Controller::Controller(SiteId site, const LabConfig& lab, Power& power, Clock& clock,
                       std::function<void(const Switched&)> record)
    : site_(std::move(site)), lab_(lab), power_(power), clock_(clock), record_(std::move(record)) {}

Answer Controller::answer(const Request& request) {
  const std::lock_guard lock(mutex_);
  if (site_is_dark()) return refused(fmt::format("site {} has no power", site_));
  if (request.username != lab_.power.username || request.password != lab_.power.password) {
    return refused("wrong username or password");
  }
  if (request.plug.empty() && request.action == Action::Status) return {.on = true, .error = {}};
  const NodeConfig* node = lab_.find_node(NodeId(request.plug));
  const bool ours = node != nullptr && node->site == site_ && node->role == NodeRole::Host &&
                    node->power_management;
  if (!ours) return refused(fmt::format("there is no plug \"{}\" here", request.plug));
  return carry_out(node->name, request.action);
}

bool Controller::site_is_dark() {
  for (const NodeId& node : lab_.nodes_of(site_)) {
    const auto state = power_.state(node);
    // Of a node nobody knows anything of it cannot be said that the site is dark.
    if (!state || state.value() != PowerState::Off) return false;
  }
  return switched_off_.empty();
}

Answer Controller::carry_out(const NodeId& host, Action action) {
  if (action == Action::Off || action == Action::Reboot) {
    if (const auto done = turn(host, false); !done) return refused(done.error().message());
  }
  if (action == Action::On || action == Action::Reboot) {
    if (const auto done = turn(host, true); !done) return refused(done.error().message());
  }
  const auto state = power_.state(host);
  if (!state) return refused(state.error().message());
  return {.on = state.value() != PowerState::Off, .error = {}};
}

// Already so is success and no change.
Result<void> Controller::turn(const NodeId& host, bool on) {
  SPLITSITE_TRY(const PowerState before, power_.state(host));
  const bool is_on = before != PowerState::Off;
  if (is_on != on) {
    const Instant began = clock_.now();
    SPLITSITE_TRY_VOID(on ? power_.on(host) : power_.off(host));
    record_({.host = host, .on = on, .began = began, .ended = clock_.now()});
  }
  if (on) {
    switched_off_.erase(host);
  } else if (is_on) {
    switched_off_.insert(host);
  }
  return success();
}

}  // namespace splitsite::power
