#include "harness/agent/collector/arbitration.hpp"

#include <filesystem>
#include <fstream>

namespace splitsite::agent {
namespace {

// A decision on a fence is "arbitration"; on a release, "arbitration.released" if it was granted.
void emit(const Json& decision, EventLog& events) {
  Json fields{{"number", decision.at("number")},
              {"resource", decision.at("resource")},
              {"node", decision.at("node")},
              {"generation", decision.at("generation")},
              {"decided_ns", decision.at("at_ns")}};
  const NodeTime decided(decision.at("at_ns").get<std::int64_t>());
  const bool granted = decision.at("granted").get<bool>();
  if (decision.at("op") == "fence") {
    fields["granted"] = granted;
    fields["peer"] = decision.at("peer");
    events.emit("arbitration", std::move(fields), decided);
  } else if (granted) {
    events.emit("arbitration.released", std::move(fields), decided);
  }
}

}  // namespace

ArbitrationWatch::ArbitrationWatch(EventLoop& loop, const std::string& state_file, EventLog& events)
    : file_(state_file),
      events_(events),
      watch_(loop, std::filesystem::path(state_file).parent_path().string(),
             {.look = [this] { read(); },
              .changed =
                  [this, name = std::filesystem::path(state_file).filename().string()](
                      const std::string& changed) {
                    if (changed == name) read();
                  }}) {}

void ArbitrationWatch::read() {
  std::ifstream file(file_);
  const Json state = Json::parse(file, nullptr, false);
  if (!state.is_object() || !state.contains("decisions")) return;
  try {
    for (const Json& decision : state["decisions"]) {
      const auto number = decision.at("number").get<std::uint64_t>();
      if (number <= told_) continue;
      emit(decision, events_);
      told_ = number;
    }
  } catch (const Json::exception& unexpected) {
    // The witness and we are built from one source; a state we cannot read is worth knowing about.
    events_.emit("arbitration.unreadable", {{"why", unexpected.what()}});
  }
}

}  // namespace splitsite::agent
