// A helper: a child process of the agent that is a change by what it does (it keeps a CPU busy, it
// holds memory). It ends with the agent, whatever ends the agent, so that it can never be left
// over.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/core/result.hpp"

namespace splitsite::agent {

// The descriptor a helper finds its `pipe` under; every other one above 2 is closed.
inline constexpr int helper_pipe = 3;

struct HelperPlan {
  const char* name;            // what it is called in /proc, at most 15 characters
  std::function<void()> work;  // only what is safe after a fork of a program with threads
  int pipe = -1;
};

// A process by its id and when it started, because an id is given to another process some day.
struct Helper {
  pid_t pid = 0;
  std::uint64_t started = 0;  // ticks since the node's start
};

nlohmann::json to_json(const Helper& helper);
Helper helper_from(const nlohmann::json& value);  // anything else than a helper: pid 0

// Unavailable: the node has no more processes to give. The helper runs at ordinary priority.
Result<Helper> start_helper(const HelperPlan& plan);
bool runs(const Helper& helper);
// Ends it and reaps it. One that has ended, or is another agent's, is success.
void end_helper(const Helper& helper);

}  // namespace splitsite::agent
