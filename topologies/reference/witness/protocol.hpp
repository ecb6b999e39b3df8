// What a storage node and the witness say to each other: one JSON object a line, each way.
//   {"op":"fence","resource":"r0","node":"sto-b","peer":"sto-a"}
//       -> {"granted":true,"holder":"sto-b","generation":4}
//   {"op":"query","resource":"r0"}  -> {"holder":"sto-b","generation":4}
//   {"op":"release","resource":"r0","node":"sto-b","generation":4}
//       -> {"ok":true,"holder":null,"generation":5}
//   anything the witness cannot obey -> {"error":"…"}; nothing has changed then.
// "generation" counts the changes of a resource's lock. A request may carry the one it was decided
// on (a release must); it is refused when the lock has changed since.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/core/result.hpp"

namespace splitsite::reference {

enum class WitnessOp { Fence, Release, Query };

struct WitnessRequest {
  WitnessOp op = WitnessOp::Query;
  std::string resource;
  std::string node;              // who asks; empty for a query
  std::string peer;              // who is to be cut off; fence only
  std::uint64_t generation = 0;  // 0: whatever it is now
};

struct WitnessReply {
  bool granted = false;               // of a fence: the asker may write; of a release: done
  std::optional<std::string> holder;  // who may write alone; nobody: both, as replicas
  std::uint64_t generation = 0;
  std::string why;  // of a refusal
};

std::string to_line(const WitnessRequest& request);  // without the end of line
Result<WitnessRequest> request_from_line(const std::string& line);

std::string to_line(WitnessOp op, const WitnessReply& reply);
std::string error_line(const Error& error);
// A line with "error" comes back as an Error of kind Refused.
Result<WitnessReply> reply_from_line(WitnessOp op, const std::string& line);

}  // namespace splitsite::reference
