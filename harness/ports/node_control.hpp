// Port: changes inside a node, made and taken back by the node itself. Every change is leased: when
// the harness stops renewing it (dead-man, 30 s by default) the node takes it back by itself.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "harness/core/id.hpp"
#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite {

class NodeControl {
 public:
  virtual ~NodeControl() = default;

  // Carries out a change of this kind ("process.stop", "traffic.block", …) under the name `id`,
  // which is unique in the node while the change is in force. In force when this returns. Returns
  // what the node says of it. Conflict: `id` is in force already.
  virtual Result<nlohmann::json> apply(const NodeId& node, const std::string& id,
                                       const std::string& kind,
                                       const nlohmann::json& arguments) = 0;
  // Takes the change back, exactly to what was before. One that is not in force (never was, lifted
  // by the dead-man, gone with a reboot) is success.
  virtual Result<void> revert(const NodeId& node, const std::string& id) = 0;
  // What the kind sees now, for proofs; changes nothing. `arguments` that ask for something slow
  // say how long it may take, as "takes_ms"; otherwise it is a matter of seconds.
  virtual Result<nlohmann::json> observe(const NodeId& node, const std::string& kind,
                                         const nlohmann::json& arguments) = 0;
  // The same of a node that may be in its last moment: an answer that does not come within `bound`
  // is not waited for.
  virtual Result<nlohmann::json> observe_within(const NodeId& node, const std::string& kind,
                                                const nlohmann::json& arguments,
                                                Duration bound) = 0;
};

}  // namespace splitsite
