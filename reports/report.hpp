// What every writer starts from: the judged run, derived from its history and nothing else.
#pragma once

#include <string>
#include <vector>

#include "harness/observe/history.hpp"
#include "harness/verdict/bounds.hpp"
#include "harness/verdict/verdict.hpp"

namespace splitsite {

struct Report {
  std::string run;       // run id
  std::string suite;     // "acceptance"
  std::string scenario;  // "primary site lost"
  std::string revision;  // of the harness, "+dirty" if it was
  std::string command;   // repeats the run
  LabConfig config;
  Events events;
  Verdicts verdicts;
  std::vector<ComposedBounds> bounds;
  Outcome outcome = Outcome::Inconclusive;
};

// JUnit XML: one test case a verdict; violated = failure, inconclusive and not exercised = error.
std::string to_junit(const Report& report);

// The verdict table for a terminal; `colour` adds ANSI colours.
std::string to_table(const Report& report, bool colour);

// Verdicts as JSON, for machines and for comparing two judgements.
std::string to_verdict_json(const Report& report);

// One self-contained page: verdicts with evidence, a timeline of sites, hosts, VMs, SPM and faults,
// and where each bound comes from. No scripts, no requests.
std::string to_html(const Report& report);

// Text made safe for XML and HTML content and attributes.
std::string escape(const std::string& text);

}  // namespace splitsite
