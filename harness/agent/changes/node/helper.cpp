#include "harness/agent/changes/node/helper.hpp"

#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "harness/agent/processes/process_table.hpp"
#include "harness/core/system_error.hpp"

namespace splitsite::agent {
namespace {

// In the child. The agent runs threads, so nothing here may allocate or lock.
[[noreturn]] void become_helper(const HelperPlan& plan, pid_t agent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != agent) std::_Exit(EXIT_FAILURE);  // it died before we asked to be told
  ::prctl(PR_SET_NAME, plan.name);
  int first_closed = helper_pipe;
  if (plan.pipe >= 0) {
    if (plan.pipe != helper_pipe) ::dup2(plan.pipe, helper_pipe);
    ++first_closed;
  }
  // Above all the agent's port: held open here, it would be busy for the agent's successor.
  ::close_range(static_cast<unsigned>(first_closed), ~0U, 0);
  // No word about its priority here: an agent with real-time priority has SCHED_RESET_ON_FORK, and
  // what it gives its helper it may have given before the helper's first moment.
  plan.work();
  std::_Exit(EXIT_SUCCESS);
}

}  // namespace

nlohmann::json to_json(const Helper& helper) {
  return {{"pid", helper.pid}, {"started", helper.started}};
}

Helper helper_from(const nlohmann::json& value) {
  if (!value.is_object()) return {};
  return {.pid = value.value("pid", 0), .started = value.value("started", std::uint64_t{0})};
}

Result<Helper> start_helper(const HelperPlan& plan) {
  const pid_t agent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become_helper(plan, agent);
  if (pid < 0) return system_error("start a helper process", plan.name);
  const auto now = ProcessTable::read(pid);
  return Helper{.pid = pid, .started = now ? now->started_ticks : 0};
}

bool runs(const Helper& helper) {
  if (helper.pid <= 0) return false;
  const auto now = ProcessTable::read(helper.pid);
  return now && now->started_ticks == helper.started;
}

void end_helper(const Helper& helper) {
  if (helper.pid <= 0) return;
  const bool alive = runs(helper);
  if (alive) ::kill(helper.pid, SIGKILL);
  // One that has died by itself is only collected; of another agent's child nothing is known here.
  ::waitpid(helper.pid, nullptr, alive ? 0 : WNOHANG);
}

}  // namespace splitsite::agent
