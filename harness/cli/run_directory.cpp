#include "harness/cli/run_directory.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "harness/observe/kinds.hpp"
#include "harness/verdict/stays.hpp"
#include "reports/timings.hpp"

namespace splitsite::cli {
namespace {

namespace fs = std::filesystem;

Result<void> write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  if (file) return success();
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "write the report",
               .subject = path,
               .why = errno_text(errno),
               .hint = "free space on that file system, then: splitsite judge RUN"};
}

Error not_a_run(const std::string& path, const std::string& why) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "judge the run",
               .subject = path,
               .why = why,
               .hint = "name a run directory, or \"latest\""};
}

}  // namespace

Result<RunDirectory> make_run_directory(const std::string& runs) {
  std::error_code error;
  fs::create_directories(runs, error);
  const auto now = fmt::gmtime(std::time(nullptr));
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string id = fmt::format("{:%Y%m%d-%H%M%S}", now);
    if (attempt > 0) id += fmt::format("-{}", attempt + 1);
    const std::string path = runs + "/" + id;
    if (!fs::create_directory(path, error)) {
      if (error) break;
      continue;  // another run of this second
    }
    const std::string link = runs + "/latest";
    const std::string fresh = path + ".latest";
    fs::create_symlink(id, fresh, error);
    if (!error) fs::rename(fresh, link, error);
    return RunDirectory{RunId(id), path};
  }
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "make a run directory in",
               .subject = runs,
               .why = error.message()};
}

Result<Report> judge_run(const std::string& path) {
  SPLITSITE_TRY(auto events, read_history(path + "/history.jsonl"));
  const Event* start = find_kind(events, kind::run_start);
  if (start == nullptr) return not_a_run(path, "its history has no run.start event");
  const std::string name = start->data.value("scenario", "");
  const Scenario* scenario = find_scenario(name);
  if (scenario == nullptr) return not_a_run(path, fmt::format("scenario \"{}\" is unknown", name));
  auto config = lab_config_from_json(start->data.value("config", nlohmann::json()).dump());
  if (!config) return config.error().while_attempting("judge the run", path);

  Judgement judgement = scenario->judge(events, config.value());
  Report report{.run = start->data.value("run", ""),
                .suite = scenario->suite,
                .scenario = scenario->title,
                .revision = start->data.value("revision", ""),
                .command = start->data.value("command", ""),
                .config = std::move(config).value(),
                .events = std::move(events),
                .verdicts = std::move(judgement.verdicts),
                .bounds = std::move(judgement.bounds),
                .outcome = Outcome::Inconclusive};
  report.outcome = merge(report.verdicts);
  return report;
}

Result<void> write_reports(const Report& report, const std::string& path) {
  SPLITSITE_TRY_VOID(write_file(path + "/junit.xml", to_junit(report)));
  SPLITSITE_TRY_VOID(write_file(path + "/verdict.json", to_verdict_json(report)));
  return write_file(path + "/report.html", to_html(report));
}

}  // namespace splitsite::cli
