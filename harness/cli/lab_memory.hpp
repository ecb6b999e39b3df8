// What a lab costs in memory.
#pragma once

#include <cstdint>
#include <optional>

#include "harness/lab/supervisor_record.hpp"

namespace splitsite::cli {

// Proportional set size, in KiB, of every process in the lab's PID namespace: shared pages are
// counted once. Nothing when the lab does not run or may not be looked at.
std::optional<std::int64_t> lab_memory_kib(const SupervisorRecord& record);

}  // namespace splitsite::cli
