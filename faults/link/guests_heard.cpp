#include "faults/link/guests_heard.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/time/eventually.hpp"

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

Result<std::string> all_heard(const Bench& bench, const NodeId& observer,
                              const std::vector<VmId>& guests) {
  const Wait wait{.what = "all guests to be heard that were heard before",
                  .bound = std::chrono::seconds(30),
                  .every = std::chrono::milliseconds(250),
                  .stop = bench.stop};
  return eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    const auto now = listen_to(bench, observer, guests);
    if (!now) return NotYet{now.error().message()};
    const std::string text = describe(now.value());
    if (!now.value().silent.empty()) return NotYet{text};
    return text;
  });
}

Result<std::vector<VmId>> guests_on(const Bench& bench, const NodeId& host) {
  std::vector<VmId> running;
  for (const VmConfig& vm : bench.config.vms) {
    SPLITSITE_TRY(const auto seen,
                  bench.nodes.observe(host, "process.stop", {{"process", "vm:" + vm.name.str()}}));
    if (seen.value("running", false)) running.push_back(vm.name);
  }
  return running;
}

std::string describe(const GuestsHeard& guests) {
  std::string text;
  if (!guests.silent.empty()) text = fmt::format("{} silent", fmt::join(guests.silent, ", "));
  if (guests.heard.empty()) return text.empty() ? "no guest" : text;
  return fmt::format("{}{}{} heard", text, text.empty() ? "" : ", ", fmt::join(guests.heard, ", "));
}

}  // namespace splitsite
