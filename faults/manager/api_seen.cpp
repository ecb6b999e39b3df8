#include "faults/manager/api_seen.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

// A Manager that was killed starts within a few seconds on an emulated CPU.
constexpr Duration kAnswersWithin = std::chrono::minutes(1);

Result<ApiAnswers> ask(const Bench& bench, const NodeId& from, const std::string& address,
                       const ManagerSeat& seat, const ApiQuestion& question) {
  using std::chrono::milliseconds;
  const nlohmann::json asked{
      {"address", address},
      {"port", seat.port},
      {"count", question.count},
      {"timeout_ms", std::chrono::duration_cast<milliseconds>(question.timeout).count()}};
  const auto takes = std::chrono::duration_cast<milliseconds>(question.timeout) * question.count;
  SPLITSITE_TRY(
      const auto seen,
      bench.nodes.observe(from, "api.proxy", {{"ask", asked}, {"takes_ms", takes.count()}}));
  try {
    ApiAnswers answers;
    for (const auto& answer : seen.at("answers")) {
      answers.push_back({.outcome = answer.at("outcome").get<std::string>(),
                         .status = answer.value("status", 0),
                         .took = std::chrono::microseconds(answer.at("took_us").get<long>())});
    }
    if (!answers.empty()) return answers;
  } catch (const nlohmann::json::exception&) {
    // Said below, with the whole text.
  }
  return Error{.kind = ErrorKind::Internal,
               .attempted = "understand what a client saw on",
               .subject = from.str(),
               .why = seen.dump()};
}

}  // namespace

Result<ManagerSeat> find_manager(const LabConfig& config, const NodeId& named) {
  ManagerSeat seat{.port = config.manager_port};
  const auto managers = config.managers();
  for (const NodeId& manager : managers) {
    if (manager == named || (named.empty() && seat.node.empty())) seat.node = manager;
  }
  // A single Manager is asked at its own address, which is the lab's too.
  seat.address = managers.size() > 1 || seat.node.empty()
                     ? config.manager_address
                     : config.find_node(seat.node)->site_address();
  for (const NodeConfig& node : config.nodes) {
    const bool better = node.role == NodeRole::Witness || seat.observer.empty();
    if ((node.role == NodeRole::Witness || node.role == NodeRole::Host) && better) {
      seat.observer = node.name;
    }
  }
  if (!seat.node.empty() && !seat.observer.empty()) return seat;
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "find the Manager's node",
               .subject = named.str(),
               .why = "the lab has none, or no other node to ask it from"};
}

ParameterSpec manager_parameter() {
  return {.name = "node",
          .type = "node",
          .meaning = "which node of a clustered Manager",
          .otherwise = "none",
          .allowed = "a Manager's node, else the primary site's"};
}

Result<NodeId> read_manager(const ParameterReader& reader) {
  NodeId named;
  if (reader.given("node")) {
    SPLITSITE_TRY(named, reader.node("node", NodeRole::Manager));
  }
  SPLITSITE_TRY(const ManagerSeat seat, find_manager(reader.config(), named));
  return seat.node;
}

Result<void> require_active(const Bench& bench, const ManagerSeat& seat) {
  if (!bench.config.clustered_manager()) return success();
  const auto inside = ask_from_inside(bench, seat, {});
  if (inside && all_good(inside.value())) return success();
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "break the Manager on",
               .subject = seat.node.str(),
               .why = "it does not run there",
               .hint = "the cluster runs it on the other node: name that one with node="};
}

bool all_good(const ApiAnswers& answers) {
  return std::all_of(answers.begin(), answers.end(), [](const ApiAnswer& answer) {
    return answer.outcome == "answered" && answer.status == 200;
  });
}

Duration quickest_repeat(const ApiAnswers& answers) {
  if (answers.size() < 2) return Duration::zero();
  return std::min_element(answers.begin() + 1, answers.end(),
                          [](const auto& x, const auto& y) { return x.took < y.took; })
      ->took;
}

std::string describe(const ApiAnswers& answers) {
  std::string text;
  for (const ApiAnswer& answer : answers) {
    const std::string what =
        answer.outcome == "answered" ? std::to_string(answer.status) : answer.outcome;
    text +=
        fmt::format("{}{} after {}", text.empty() ? "" : ", ", what, format_duration(answer.took));
  }
  return text;
}

Result<ApiAnswers> ask_from_outside(const Bench& bench, const ManagerSeat& seat,
                                    const ApiQuestion& question) {
  return ask(bench, seat.observer, seat.address, seat, question);
}

Result<ApiAnswers> ask_from_inside(const Bench& bench, const ManagerSeat& seat,
                                   const ApiQuestion& question) {
  return ask(bench, seat.node, "127.0.0.1", seat, question);
}

Result<std::string> api_answers(const Bench& bench, const ManagerSeat& seat,
                                const std::function<bool(const ApiAnswers&)>& good) {
  const Wait wait{.what = "the Manager's API to answer",
                  .bound = kAnswersWithin,
                  .every = std::chrono::milliseconds(250),
                  .stop = bench.stop};
  return eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    const auto seen = ask_from_outside(bench, seat, {.count = 3});
    if (!seen) return NotYet{seen.error().message()};
    const std::string text =
        fmt::format("{} asks the API: {}", seat.observer, describe(seen.value()));
    if (!good(seen.value())) return NotYet{text};
    return text;
  });
}

}  // namespace splitsite
