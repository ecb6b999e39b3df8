#include "harness/agent/disks/layer_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace splitsite::agent {
namespace {

using devicemapper::Table;
using devicemapper::Target;

Result<Table> for_each_part(const Table& plain, const std::function<Target(Target)>& make) {
  if (!is_linear(plain)) {
    return Error{.kind = ErrorKind::Conflict,
                 .attempted = "change the table",
                 .subject = describe(plain),
                 .why = "it is not a plain linear one"};
  }
  Table table = plain;
  std::transform(table.begin(), table.end(), table.begin(), make);
  return table;
}

}  // namespace

Result<Io> io_from(const std::string& word) {
  if (word == "all") return Io::All;
  if (word == "reads") return Io::Reads;
  if (word == "writes") return Io::Writes;
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "change the I/O of kind",
               .subject = word,
               .why = "there is no such kind",
               .hint = "give one of: all, reads, writes"};
}

bool is_linear(const Table& table) {
  return !table.empty() && std::all_of(table.begin(), table.end(),
                                       [](const Target& part) { return part.type == "linear"; });
}

Result<Table> failing(const Table& plain, Io which) {
  if (which == Io::Reads) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "make reads alone fail",
                 .why = "no target of the device mapper does that",
                 .hint = "give one of: all, writes"};
  }
  return for_each_part(plain, [&](Target part) {
    part.type = which == Io::All ? "error" : "flakey";
    // Never up, an hour down, again and again: bad all the time.
    if (which == Io::All) part.parameters.clear();
    if (which == Io::Writes) part.parameters += " 0 3600 1 error_writes";
    return part;
  });
}

// "disk offset delay" for reads, and the same again for writes and flushes.
Result<Table> delayed(const Table& plain, Io which, std::chrono::milliseconds delay) {
  const auto reads = which == Io::Writes ? 0 : delay.count();
  const auto writes = which == Io::Reads ? 0 : delay.count();
  return for_each_part(plain, [&](Target part) {
    part.type = "delay";
    part.parameters = fmt::format("{0} {1} {0} {2}", part.parameters, reads, writes);
    return part;
  });
}

}  // namespace splitsite::agent
