// One scenario on one lab that is up: from the nodes' first word to a judged, written report.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "harness/cli/run_directory.hpp"
#include "harness/stage/stage.hpp"

namespace splitsite::cli {

struct PlayRequest {
  const Scenario& scenario;
  const LabConfig& config;
  Agents& agents;
  Power& power;
  std::string power_log;
  UndoLog& undo_log;
  std::function<std::unique_ptr<ClusterApi>()> connect_cluster;
  RunDirectory directory;
  std::string command;   // repeats the run
  std::string revision;  // of the harness
  std::stop_token stop;
  bool lab_ends_with_run = false;
  std::function<void(const StageProgress&)> progress;
};

struct Played {
  Report report;
  Duration to_steady_state{};          // from the call to the lab's steady state
  std::optional<double> idle_percent;  // of the machine's processors while the story was played
  bool interrupted = false;
  bool left_dirty = false;     // a fault could not be healed
  std::optional<Error> error;  // of the environment; the report says what could be judged
};

// An error only if there is no report at all. Whatever happens, the history so far is on disk.
Result<Played> play(const PlayRequest& request);

// Splitsite's own version: the git revision it was built from.
std::string harness_revision();

}  // namespace splitsite::cli
