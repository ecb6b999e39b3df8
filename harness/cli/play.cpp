#include "harness/cli/play.hpp"

#include "harness/cli/machine_load.hpp"
#include "harness/observe/kinds.hpp"

namespace splitsite::cli {
namespace {

constexpr Duration kSteadyWithin = std::chrono::minutes(4);

nlohmann::json start_data(const PlayRequest& request) {
  return {{"run", request.directory.id.str()},
          {"suite", request.scenario.suite},
          {"scenario", request.scenario.name},
          {"revision", request.revision},
          {"command", request.command},
          {"config", nlohmann::json::parse(to_json(request.config))}};
}

Result<void> play_story(const PlayRequest& request, Stage& stage, Played& played) {
  const Instant began = steady_clock().now();
  stage.phase("baseline");
  SPLITSITE_TRY_VOID(stage.meet_agents());
  SPLITSITE_TRY_VOID(stage.record_present_state());
  SPLITSITE_TRY_VOID(stage.bring_to_steady_state(kSteadyWithin));
  played.to_steady_state = steady_clock().now() - began;
  SPLITSITE_TRY_VOID(stage.measure_links());
  const auto before = processor_times();
  const Result<void> story = request.scenario.play(stage);
  played.idle_percent = idle_percent(before, processor_times());
  return story;
}

nlohmann::json end_data(const char* outcome, const Played& played) {
  nlohmann::json data{{"outcome", outcome}};
  if (played.idle_percent) data["processors_idle_percent"] = *played.idle_percent;
  return data;
}

void conclude_history(HistoryWriter& history, const Result<void>& story, Played& played) {
  if (story) {
    history.record("harness", kind::run_end, "", end_data("played", played));
    return;
  }
  played.error = story.error();
  played.interrupted = story.error().kind == ErrorKind::Interrupted;
  history.record("harness", kind::environment_error, "", {{"message", story.error().message()}});
  history.record("harness", kind::run_end, "",
                 end_data(played.interrupted ? "interrupted" : "broken off", played));
}

}  // namespace

Result<Played> play(const PlayRequest& request) {
  SPLITSITE_TRY(auto history, HistoryWriter::create(request.directory.history(), steady_clock()));
  history.record("harness", kind::run_start, "", start_data(request));
  Played played;
  {
    Stage stage(StageParts{.config = request.config,
                           .agents = request.agents,
                           .power = request.power,
                           .power_log = request.power_log,
                           .undo_log = request.undo_log,
                           .history = history,
                           .connect_cluster = request.connect_cluster,
                           .stop = request.stop,
                           .lab_ends_with_run = request.lab_ends_with_run,
                           .progress = request.progress});
    const Result<void> story = play_story(request, stage, played);
    played.left_dirty = stage.injector().dirty();
    conclude_history(history, story, played);
  }
  SPLITSITE_TRY_VOID(history.close());
  SPLITSITE_TRY(played.report, judge_run(request.directory.path));
  SPLITSITE_TRY_VOID(write_reports(played.report, request.directory.path));
  return played;
}

std::string harness_revision() { return SPLITSITE_REVISION; }

}  // namespace splitsite::cli
