// What every story is judged by first, whatever else it asks.
#pragma once

#include "harness/observe/history.hpp"
#include "harness/verdict/verdict.hpp"
#include "suites/vocabulary/cast.hpp"

namespace splitsite {

// The VM of a self-hosted engine, which is followed like every other VM.
const VmId& engine_vm();

// Whether the story could be judged, no VM and no lease in two places, one writable half, no lost
// write. Of a lab with a self-hosted engine also the engine's VM and its lease.
Verdicts safety_verdicts(const Events& events, const LabConfig& config, const Cast& cast);

}  // namespace splitsite
