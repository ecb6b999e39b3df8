#include "faults/link/guests_heard.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace splitsite {

Result<GuestsHeard> listen_to(const Bench& bench, const NodeId& observer,
                              const std::vector<VmId>& guests) {
  const PingPlan plan{.count = 3,
                      .interval = std::chrono::milliseconds(50),
                      .timeout = std::chrono::milliseconds(400)};
  GuestsHeard all;
  for (const VmId& guest : guests) {
    const VmConfig* vm = bench.config.find_vm(guest);
    if (vm == nullptr) continue;
    const std::string address = vm->address.substr(0, vm->address.find('/'));
    SPLITSITE_TRY(const auto answer, bench.prober.ping(observer, address, plan));
    (answer.received > 0 ? all.heard : all.silent).push_back(guest);
  }
  return all;
}

std::string describe(const GuestsHeard& guests) {
  std::string text;
  if (!guests.silent.empty()) text = fmt::format("{} silent", fmt::join(guests.silent, ", "));
  if (guests.heard.empty()) return text.empty() ? "no guest" : text;
  return fmt::format("{}{}{} heard", text, text.empty() ? "" : ", ", fmt::join(guests.heard, ", "));
}

}  // namespace splitsite
