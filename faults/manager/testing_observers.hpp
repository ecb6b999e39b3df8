// What a client of the fake lab's Manager sees, from the changes in force in the Manager's node and
// the network to it. Linked by tests only.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "faults/manager/api_seen.hpp"
#include "harness/fault/testing_bench.hpp"

namespace splitsite {

namespace fake_api {

inline nlohmann::json answers(const std::string& outcome, Duration took, int count = 1,
                              int status = 200) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  nlohmann::json all = nlohmann::json::array();
  for (int i = 0; i < count; ++i) {
    // The first pays for the connection too.
    all.push_back({{"outcome", outcome}, {"took_us", i == 0 ? 2 * us : us}});
    if (outcome == "answered") all.back()["status"] = status;
  }
  return {{"answers", all}};
}

inline nlohmann::json as_treated(const nlohmann::json& treatment, int count, Duration timeout) {
  constexpr Duration quick = std::chrono::milliseconds(4);
  const std::string mode = treatment.at("mode");
  if (mode == "reset") return answers("reset", quick);
  if (mode == "black-hole") return answers("silent", timeout);
  if (mode == "http-error") return answers("answered", quick, count, treatment.at("status"));
  return answers("answered",
                 quick + std::chrono::milliseconds(treatment.at("per_answer_ms").get<int>()),
                 count);
}

// Every so many connections, as evenly as a share of them can be.
inline bool hit(const nlohmann::json& treatment, std::uint64_t connection) {
  const double turns = static_cast<double>(connection) * 0.6180339887;
  return (turns - std::floor(turns)) * 100 < treatment.value("share_percent", 100.0);
}

inline nlohmann::json ask(FakeLab& lab, const NodeId& node, const nlohmann::json& question,
                          std::uint64_t connection) {
  const ManagerSeat seat = find_manager(lab.config()).value();
  const int count = question.at("count");
  const Duration timeout = std::chrono::milliseconds(question.at("timeout_ms").get<int>());
  const bool inside = question.at("address") == "127.0.0.1";
  if (!inside) {
    const auto tried = lab.connect(node, seat.node, Network::Site, timeout);
    using Outcome = ConnectResult::Outcome;
    if (!tried || tried.value().outcome == Outcome::TimedOut) return answers("silent", timeout);
    if (tried.value().outcome != Outcome::Connected) return answers("refused", Duration(1));
  }
  const auto killed = lab.arguments_of(seat.node, "process.kill");
  if (killed && killed->value("stays", "down") == "down") return answers("refused", Duration(1));
  if (lab.in_force(seat.node, "process.stop")) return answers("silent", timeout);
  const auto proxied = lab.arguments_of(seat.node, "api.proxy");
  const bool treated = proxied && !inside && hit(proxied->at("treatment"), connection);
  if (treated) return as_treated(proxied->at("treatment"), count, timeout);
  return answers("answered", std::chrono::milliseconds(4), count);
}

}  // namespace fake_api

inline void teach_manager(FakeLab& lab) {
  lab.observe_by(
      "api.proxy",
      [connection = std::uint64_t{0}](
          FakeLab& asked, const NodeId& node,
          const nlohmann::json& arguments) mutable -> Result<nlohmann::json> {
        if (asked.state(node).value() != PowerState::On) {
          return Error{.kind = ErrorKind::Unavailable, .attempted = "ask", .subject = node.str()};
        }
        const auto question = arguments.find("ask");
        if (question != arguments.end()) return fake_api::ask(asked, node, *question, connection++);
        return nlohmann::json{{"in_force", asked.in_force(node, "api.proxy")}, {"moved", 1}};
      });
}

}  // namespace splitsite
