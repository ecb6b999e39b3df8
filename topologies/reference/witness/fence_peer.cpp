#include "topologies/reference/witness/fence_peer.hpp"

#include <fmt/format.h>

#include "harness/time/eventually.hpp"

namespace splitsite::reference {

FenceOutcome fence_peer(Clock& clock, const FencePlan& plan, const WitnessRequest& request,
                        const AskWitness& ask) {
  clock.pause(plan.head_start);
  const Wait wait{
      .what = "the witness to decide", .bound = plan.give_up_after, .every = plan.retry_every};
  const auto reply = eventually<WitnessReply>(clock, wait, [&]() -> Probed<WitnessReply> {
    auto answer = ask(request);
    if (!answer) return NotYet{answer.error().message()};
    return answer.value();
  });
  if (!reply) return {FenceExit::Frozen, "I/O stays frozen: " + reply.error().message()};
  if (reply.value().granted) {
    return {FenceExit::Granted, fmt::format("{} is fenced, {} writes alone (generation {})",
                                            request.peer, request.node, reply.value().generation)};
  }
  return {FenceExit::Lost, fmt::format("{} lost to {}: {}", request.node,
                                       reply.value().holder.value_or("nobody"), reply.value().why)};
}

Result<WitnessReply> release_lock(const std::string& resource, const std::string& node,
                                  const AskWitness& ask,
                                  const std::function<Result<DrbdStatus>()>& read_drbd) {
  const auto refuse = [&](std::string why) {
    return Error{.kind = ErrorKind::Refused,
                 .attempted = "release the lock of",
                 .subject = resource,
                 .why = std::move(why)};
  };
  SPLITSITE_TRY(auto lock, ask({.op = WitnessOp::Query, .resource = resource}));
  SPLITSITE_TRY(const auto drbd, read_drbd());
  if (!drbd.both_up_to_date()) {
    return refuse(fmt::format("the replicas are {} {}/{}, not Connected UpToDate/UpToDate",
                              drbd.connection, drbd.disk, drbd.peer_disk));
  }
  if (!lock.holder) return lock;
  SPLITSITE_TRY(auto reply, ask({.op = WitnessOp::Release,
                                 .resource = resource,
                                 .node = node,
                                 .generation = lock.generation}));
  if (!reply.granted) return refuse(reply.why);
  return reply;
}

}  // namespace splitsite::reference
