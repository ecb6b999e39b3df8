// Jobs: what the Manager shows of a command that was asked for, as a tree of steps (fact 7.9; oVirt
// ovirt-engine bll/job/ExecutionHandler and common/job). A job says how far the work has come; it
// decides nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/id.hpp"
#include "harness/time/clock.hpp"
#include "topologies/reference/manager/core/command.hpp"

namespace splitsite::reference {

enum class JobStatus { Started, Finished, Failed, Aborted, Unknown };
// oVirt's REST names of the steps; every other kind of step is "unknown" there.
enum class StepKind { Validating, Executing, Unknown };

std::string_view to_string(JobStatus status);  // "started"
std::string_view to_string(StepKind kind);     // "validating"

struct JobStep {
  StepKind kind = StepKind::Executing;
  std::string description;  // "Executing"
  JobStatus status = JobStatus::Started;
  Instant started{};
  std::optional<Instant> ended;
  std::optional<std::size_t> parent;  // its place in the job's steps
  std::optional<VmId> vm;             // of a migration that empties a host
};

// What has to come about for a job to end.
enum class JobEnd { AtOnce, HostInMaintenance, HostFenced, VmRuns, VmResumed, VmStopped, VmMoved };

struct Job {
  std::uint64_t number = 0;  // 1, 2, 3 … without gaps
  std::string description;   // "Launching VM vm-1"
  CommandContext context;
  JobEnd end = JobEnd::AtOnce;
  std::optional<NodeId> host;  // what it is about
  std::optional<VmId> vm;
  std::optional<NodeId> source;  // VmMoved: where the VM was
  JobStatus status = JobStatus::Started;
  Instant started{};
  std::optional<Instant> ended;
  std::vector<JobStep> steps;
};

}  // namespace splitsite::reference
