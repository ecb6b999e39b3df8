// A run on disk: <state>/runs/<run id>/ with the history, and what is derived from it. The history
// is written once; everything else can be made from it again.
#pragma once

#include <string>

#include "reports/report.hpp"
#include "suites/scenario.hpp"

namespace splitsite::cli {

struct RunDirectory {
  RunId id;
  std::string path;

  std::string history() const { return path + "/history.jsonl"; }
};

// Makes a new directory, named by date and time, and points <runs>/latest at it.
Result<RunDirectory> make_run_directory(const std::string& runs);

// Judges the history in `path` with today's oracles. The scenario and the lab's description come
// from the history's own run.start event.
Result<Report> judge_run(const std::string& path);

// Writes report.html, junit.xml and verdict.json beside the history.
Result<void> write_reports(const Report& report, const std::string& path);

}  // namespace splitsite::cli
