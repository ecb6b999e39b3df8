// The Manager as its clients see it: requests to its API from a node outside, and from the
// Manager's own node by the loopback, where nothing but the Manager itself can be in the way.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/fault/fault.hpp"
#include "harness/fault/parameters.hpp"

namespace splitsite {

struct ManagerSeat {
  NodeId node;
  std::string address;
  std::uint16_t port = 443;
  NodeId observer;  // a client: the witness, or a host
};
// The named node, or the home site's. Unavailable if the lab has no Manager node, or nobody else to
// ask it.
Result<ManagerSeat> find_manager(const LabConfig& config, const NodeId& named = {});
// Which of a clustered Manager's nodes: the parameter "node", which may be left out, and its
// reader.
ParameterSpec manager_parameter();
Result<NodeId> read_manager(const ParameterReader& reader);
// Unavailable where the cluster runs the Manager on the other node; always well in other labs.
Result<void> require_active(const Bench& bench, const ManagerSeat& seat);

struct ApiAnswer {
  std::string outcome;  // "answered", "refused", "reset", "silent"
  int status = 0;       // of an answer
  Duration took{};
};
using ApiAnswers = std::vector<ApiAnswer>;  // of one connection, in order; never empty

bool all_good(const ApiAnswers& answers);  // all answered, with status 200
// Of those after the first, which also pays for the connection; zero of none.
Duration quickest_repeat(const ApiAnswers& answers);
std::string describe(const ApiAnswers& answers);  // "200 after 21 ms, 200 after 4 ms"

struct ApiQuestion {
  int count = 1;
  Duration timeout = std::chrono::seconds(2);
};
// As a client sees it, on a new connection.
Result<ApiAnswers> ask_from_outside(const Bench& bench, const ManagerSeat& seat,
                                    const ApiQuestion& question);
// In the Manager's own node, by 127.0.0.1.
Result<ApiAnswers> ask_from_inside(const Bench& bench, const ManagerSeat& seat,
                                   const ApiQuestion& question);

// A client gets an answer within a minute: a sentence for a proof. `good` may ask for more than
// good answers.
Result<std::string> api_answers(const Bench& bench, const ManagerSeat& seat,
                                const std::function<bool(const ApiAnswers&)>& good = all_good);

}  // namespace splitsite
