// Port: the power switch of the lab's nodes, from outside the node, as a power distribution unit
// is.
#pragma once

#include "harness/core/id.hpp"
#include "harness/core/result.hpp"

namespace splitsite {

enum class PowerState {
  On,
  Off,
  Paused,   // somebody stopped its virtual CPUs
  Starved,  // it stands still because the machine under it could not write its disk
};

class Power {
 public:
  virtual ~Power() = default;

  // Takes the power away at once: nothing in the node gets to run again. Off already is success.
  virtual Result<void> off(const NodeId& node) = 0;
  // Gives power; returns when the node has begun to boot. On already is success.
  virtual Result<void> on(const NodeId& node) = 0;
  // As the reset button: the node begins to boot at once, nothing is written back. It must be on.
  virtual Result<void> reset(const NodeId& node) = 0;
  // Stops the node's virtual CPUs: it hangs, and its clock stands still, until resumed.
  virtual Result<void> suspend(const NodeId& node) = 0;
  // Running already, or off, is success.
  virtual Result<void> resume(const NodeId& node) = 0;
  virtual Result<PowerState> state(const NodeId& node) = 0;
};

}  // namespace splitsite
