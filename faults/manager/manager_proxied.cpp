#include "faults/manager/manager_proxied.hpp"

#include <fmt/format.h>

namespace splitsite {
namespace {

constexpr const char* kKind = "api.proxy";

}  // namespace

Result<Plan> ManagerProxied::plan(const LabConfig& config) const {
  SPLITSITE_TRY(const ManagerSeat seat, find_manager(config, manager_));
  return Plan{InNode{
      .node = seat.node,
      .kind = kKind,
      .arguments = {{"address", seat.address}, {"port", seat.port}, {"treatment", treatment()}},
      .resource = "API"}};
}

Result<void> ManagerProxied::measure_before(const Bench& bench) {
  SPLITSITE_TRY(const ManagerSeat seat, find_manager(bench.config, manager_));
  SPLITSITE_TRY_VOID(require_active(bench, seat));
  SPLITSITE_TRY(before_, ask_from_outside(bench, seat, {.count = 3}));
  if (!all_good(before_)) {
    return not_proven("the Manager's API answers before the fault", splitsite::describe(before_));
  }
  // Last, because a server that waits for a client's first words does so for some seconds only.
  SPLITSITE_TRY(open_, OpenFlow::open_to(bench, {seat.observer, seat.node}, seat.port));
  return success();
}

// By the proxy's own count, and by a client that had one. The count comes first: what the client
// does to find out would end its connection anyway.
Result<std::string> ManagerProxied::open_connections_ended(const Bench& bench,
                                                           const ManagerSeat& seat) const {
  const std::string claim = "connections that were open are ended once";
  SPLITSITE_TRY(const auto seen, bench.nodes.observe(seat.node, kKind, nlohmann::json::object()));
  const std::string text = "the proxy says " + seen.dump();
  if (!seen.is_object() || !seen.value("in_force", false)) {
    return not_proven("the proxy stands before the API", text);
  }
  const auto moved = seen.value("moved", 0);
  if (moved < 1 || !open_) return not_proven(claim, text);
  SPLITSITE_TRY(const auto ended, open_->is_broken(bench));
  return fmt::format("{} connections that were open had to come back through the proxy; {}", moved,
                     ended);
}

Result<Proof> ManagerProxied::prove(const Bench& bench) const {
  SPLITSITE_TRY(const ManagerSeat seat, find_manager(bench.config, manager_));
  SPLITSITE_TRY(const std::string clients, seen_by_clients(bench, seat));
  SPLITSITE_TRY(const std::string open, open_connections_ended(bench, seat));
  SPLITSITE_TRY(const std::string control, manager_itself(bench, seat));
  return Proof{claim(), clients + "; " + open, control};
}

// By the loopback of its own node, past the proxy.
Result<std::string> ManagerProxied::manager_itself(const Bench& bench,
                                                   const ManagerSeat& seat) const {
  SPLITSITE_TRY(const ApiAnswers inside, ask_from_inside(bench, seat, {.count = 3}));
  const std::string text = "the Manager itself: " + splitsite::describe(inside);
  if (!as_before(inside)) return not_proven("the control is not affected", text);
  return text;
}

Result<Proof> ManagerProxied::prove_healed(const Bench& bench) const {
  SPLITSITE_TRY(const ManagerSeat seat, find_manager(bench.config, manager_));
  SPLITSITE_TRY(const auto seen, bench.nodes.observe(seat.node, kKind, nlohmann::json::object()));
  if (seen.is_object() && seen.value("in_force", false)) {
    return not_proven("no proxy stands before the API", "the proxy says " + seen.dump());
  }
  SPLITSITE_TRY(const std::string clients,
                api_answers(bench, seat, [this](const ApiAnswers& now) { return as_before(now); }));
  return Proof{"clients are answered as before", clients, "no proxy is there any more"};
}

}  // namespace splitsite
