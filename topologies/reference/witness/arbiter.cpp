#include "topologies/reference/witness/arbiter.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace splitsite::reference {
namespace {

using nlohmann::json;

// The reply to `request`; changes `lock` when it is granted.
WitnessReply answer(Lock& lock, const WitnessRequest& request) {
  const auto refuse = [&](std::string why) {
    return WitnessReply{
        .granted = false, .holder = lock.holder, .generation = lock.generation, .why = why};
  };
  if (request.op != WitnessOp::Query && request.generation != 0 &&
      request.generation != lock.generation) {
    return refuse(fmt::format("decided on generation {}, which is over", request.generation));
  }
  if (request.op == WitnessOp::Fence) {
    if (lock.holder && *lock.holder != request.node) return refuse("the peer asked first");
    lock.holder = request.node;
    ++lock.generation;
  }
  if (request.op == WitnessOp::Release && lock.holder) {
    lock.holder.reset();
    ++lock.generation;
  }
  return WitnessReply{.granted = true, .holder = lock.holder, .generation = lock.generation};
}

void record(WitnessState& state, const WitnessRequest& request, const WitnessReply& reply,
            std::chrono::nanoseconds now) {
  state.decisions.push_back(Decision{.number = ++state.decisions_made,
                                     .op = request.op,
                                     .resource = request.resource,
                                     .node = request.node,
                                     .peer = request.peer,
                                     .granted = reply.granted,
                                     .generation = reply.generation,
                                     .at = now});
  if (state.decisions.size() > WitnessState::decisions_kept) {
    state.decisions.erase(state.decisions.begin());
  }
}

json to_object(const Decision& decision) {
  return json{{"number", decision.number},
              {"op", decision.op == WitnessOp::Fence ? "fence" : "release"},
              {"resource", decision.resource},
              {"node", decision.node},
              {"peer", decision.peer},
              {"granted", decision.granted},
              {"generation", decision.generation},
              {"at_ns", decision.at.count()}};
}

Decision decision_from(const json& object) {
  return Decision{.number = object.at("number").get<std::uint64_t>(),
                  .op = object.at("op") == "fence" ? WitnessOp::Fence : WitnessOp::Release,
                  .resource = object.at("resource").get<std::string>(),
                  .node = object.at("node").get<std::string>(),
                  .peer = object.at("peer").get<std::string>(),
                  .granted = object.at("granted").get<bool>(),
                  .generation = object.at("generation").get<std::uint64_t>(),
                  .at = std::chrono::nanoseconds(object.at("at_ns").get<std::int64_t>())};
}

WitnessState state_from(const json& object) {
  WitnessState state;
  state.decisions_made = object.at("decisions_made").get<std::uint64_t>();
  for (const auto& [resource, saved] : object.at("locks").items()) {
    Lock lock{.generation = saved.at("generation").get<std::uint64_t>()};
    if (!saved.at("holder").is_null()) lock.holder = saved.at("holder").get<std::string>();
    state.locks[resource] = lock;
  }
  for (const json& saved : object.at("decisions")) state.decisions.push_back(decision_from(saved));
  return state;
}

}  // namespace

Ruling decide(const WitnessState& before, const WitnessRequest& request,
              std::chrono::nanoseconds now) {
  Ruling ruling{.state = before};
  if (request.op == WitnessOp::Query) {
    const auto found = before.locks.find(request.resource);
    Lock lock = found == before.locks.end() ? Lock{} : found->second;
    ruling.reply = answer(lock, request);
    return ruling;
  }
  ruling.reply = answer(ruling.state.locks[request.resource], request);
  record(ruling.state, request, ruling.reply, now);
  return ruling;
}

std::string to_json(const WitnessState& state) {
  json locks = json::object();
  for (const auto& [resource, lock] : state.locks) {
    locks[resource] = json{{"holder", nullptr}, {"generation", lock.generation}};
    if (lock.holder) locks[resource]["holder"] = *lock.holder;
  }
  json decisions = json::array();
  for (const Decision& decision : state.decisions) decisions.push_back(to_object(decision));
  return json{{"locks", locks}, {"decisions", decisions}, {"decisions_made", state.decisions_made}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<WitnessState> state_from_json(const std::string& text) {
  try {
    return state_from(json::parse(text));
  } catch (const json::exception& e) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "read",
                 .subject = "the witness's state",
                 .why = e.what()};
  }
}

}  // namespace splitsite::reference
