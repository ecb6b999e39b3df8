#include "harness/stage/environment_watch.hpp"

#include <fmt/format.h>

#include "harness/observe/kinds.hpp"

namespace splitsite {

EnvironmentWatch::EnvironmentWatch(Power& power, const LabConfig& config, HistoryWriter& history,
                                   Clock& clock)
    : power_(power),
      config_(config),
      history_(history),
      clock_(clock),
      thread_([this](const std::stop_token& stop) {
        constexpr Duration kStep = std::chrono::milliseconds(100);  // how soon a stop is noticed
        std::set<NodeId> told;
        while (!stop.stop_requested()) {
          look(power_, config_, history_, told);
          const Deadline next(clock_, std::chrono::seconds(1));
          while (!next.passed(clock_) && !stop.stop_requested()) clock_.pause(kStep);
        }
      }) {}

EnvironmentWatch::~EnvironmentWatch() {
  thread_.request_stop();
  thread_.join();
}

void EnvironmentWatch::look(Power& power, const LabConfig& config, HistoryWriter& history,
                            std::set<NodeId>& told) {
  for (const NodeConfig& node : config.nodes) {
    const auto state = power.state(node.name);
    if (!state || state.value() != PowerState::Starved || !told.insert(node.name).second) continue;
    history.record(
        "harness", kind::environment_error, node.name.str(),
        {{"message", fmt::format("{} stands still: this machine could not write its disk, which "
                                 "is probably full; free space and take the lab down and up",
                                 node.name)}});
  }
}

}  // namespace splitsite
