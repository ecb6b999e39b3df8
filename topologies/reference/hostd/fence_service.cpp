#include "topologies/reference/hostd/fence_service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "topologies/reference/hostd/log.hpp"

namespace splitsite::reference::hostd {
namespace {

// A controller that does not answer makes its agent give up well before.
constexpr std::chrono::seconds kAgentMayTake{30};

// Exit codes of fence agents; of a status they are the answer.
constexpr int kDone = 0;
constexpr int kIsOn = 0;
constexpr int kIsOff = 2;

rpc::Reply error(rpc::Code code, const std::string& why) {
  return rpc::Error{.code = static_cast<int>(code), .message = why};
}

bool is_name(const std::string& agent) {
  return !agent.empty() && std::all_of(agent.begin(), agent.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_action(const std::string& action) {
  constexpr std::array actions = {"status", "on", "off", "reboot"};
  return std::find(actions.begin(), actions.end(), action) != actions.end();
}

rpc::Reply read_outcome(const rpc::FenceNode& request, const AgentOutcome& outcome) {
  const bool asks = request.action == "status";
  if (asks && outcome.exit_code == kIsOn) return rpc::FenceReport{.power = "on", .operation = ""};
  if (asks && outcome.exit_code == kIsOff) return rpc::FenceReport{.power = "off", .operation = ""};
  if (!asks && outcome.exit_code == kDone) {
    return rpc::FenceReport{.power = "unknown", .operation = "initiated"};
  }
  return error(rpc::Code::Unexpected,
               fmt::format("fence_{} {} ended with {}: {}", request.agent, request.action,
                           outcome.exit_code, outcome.words));
}

}  // namespace

std::string agent_input(const rpc::FenceNode& request) {
  std::string input =
      fmt::format("agent=fence_{}\nipaddr={}\nlogin={}\naction={}\npasswd={}\n", request.agent,
                  request.address, request.username, request.action, request.password);
  if (!request.port.empty()) input += fmt::format("port={}\n", request.port);
  if (!request.options.empty()) input += request.options + "\n";
  return input;
}

// A host that cannot be reached but renews its lease is up, and is not fenced. What cannot be told
// does not protect it.
bool FenceService::is_alive_on_storage(const rpc::FenceNode& request) {
  const auto ours = request.lease_ids.find(domain_);
  if (ours == request.lease_ids.end()) return false;
  const auto seen = leases_.owner_host(static_cast<std::uint64_t>(ours->second));
  if (!seen) {
    log_error(fmt::format("fencing of {}: {}", request.port, seen.error().message()));
    return false;
  }
  const auto* host = std::get_if<HostOnStorage>(&seen.value());
  return host != nullptr && host->liveness == HostLiveness::Live;
}

rpc::Reply FenceService::fence(const rpc::FenceNode& request) {
  if (!is_name(request.agent)) return error(rpc::Code::FenceAgent, "Unsupported fencing agent");
  if (!is_action(request.action)) {
    return error(rpc::Code::MissingParameter, "illegal action " + request.action);
  }
  if (request.action != "status" && is_alive_on_storage(request)) {
    log_info(fmt::format("fencing of {} skipped: it is alive on {}", request.port, domain_));
    return rpc::FenceReport{.power = "unknown", .operation = "skipped"};
  }
  const auto outcome = agents_.run("fence_" + request.agent, agent_input(request), kAgentMayTake);
  if (outcome) {
    log_info(fmt::format("fence_{} {} {} at {}: exit code {}", request.agent, request.action,
                         request.port, request.address, outcome.value().exit_code));
    return read_outcome(request, outcome.value());
  }
  const bool missing = outcome.error().kind == ErrorKind::Unavailable;
  return error(missing ? rpc::Code::FenceAgent : rpc::Code::Unexpected, outcome.error().message());
}

}  // namespace splitsite::reference::hostd
