// How busy the machine is that the lab shares: where no processor time is left, what comes late may
// be the machine's doing and not the cluster's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace splitsite::cli {

// Since boot, over all processors, in the kernel's ticks (proc(5), /proc/stat). Time waited for I/O
// counts as idle.
struct ProcessorTimes {
  std::uint64_t idle = 0;
  std::uint64_t all = 0;
};

// Of the first line of /proc/stat; nothing if it is of another form.
std::optional<ProcessorTimes> parse_processor_times(std::string_view line);

// Nothing where the machine does not say.
std::optional<ProcessorTimes> processor_times();

// 0 … 100, between two looks; nothing when no time has passed or one look failed.
std::optional<double> idle_percent(const std::optional<ProcessorTimes>& from,
                                   const std::optional<ProcessorTimes>& to);

// "14 %", or "4 %: too little, lateness may be the machine's"; "-" for nothing.
std::string describe_idle(std::optional<double> percent);

}  // namespace splitsite::cli
