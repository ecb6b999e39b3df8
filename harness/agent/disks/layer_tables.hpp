// The tables that faults put in the place of a plain linear one: the same disk, the same sectors,
// but failing or slow. Pure. Each is refused for a table that is not linear all over: then somebody
// else has changed it, or it is no layer made for this.
#pragma once

#include <chrono>
#include <string>

#include "harness/adapters/devicemapper/table.hpp"
#include "harness/core/result.hpp"

namespace splitsite::agent {

enum class Io { All, Reads, Writes };

Result<Io> io_from(const std::string& word);  // "all", "reads", "writes"

// Every request of that kind fails at once. Invalid for Reads: no target of the kernel fails these
// alone.
Result<devicemapper::Table> failing(const devicemapper::Table& plain, Io which);
// Every request of that kind is passed on after `delay`, in whole milliseconds.
Result<devicemapper::Table> delayed(const devicemapper::Table& plain, Io which,
                                    std::chrono::milliseconds delay);

bool is_linear(const devicemapper::Table& table);

}  // namespace splitsite::agent
