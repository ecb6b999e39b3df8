// probe.ping and probe.tcp: what this node can reach, and how fast. Asked for by proofs of faults,
// so "no answer" is a result like any other; only a probe that could not be made is an error.
#pragma once

#include "harness/agent/dispatch.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

// `loop` outlives the dispatcher.
void add_probes(Dispatcher& dispatcher, EventLoop& loop);

}  // namespace splitsite::agent
