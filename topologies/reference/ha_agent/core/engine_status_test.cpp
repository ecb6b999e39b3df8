// Fact 5.2, "health = VM state + liveliness query"; broker/submonitors/engine_health.py.
#include "topologies/reference/ha_agent/core/engine_status.hpp"

#include "scripts/testing/catch.hpp"

namespace splitsite::reference::ha {
namespace {

using rpc::ExitReason;
using rpc::VmPhase;

EngineLook look_at(VmPhase phase, bool page_answers = false) {
  return {.daemon_answers = true,
          .vm = rpc::VmReport{.vm = VmId("HostedEngine"), .status = phase},
          .page_answers = page_answers};
}

EngineLook ended(ExitReason reason, const std::string& message) {
  EngineLook look = look_at(VmPhase::Down);
  look.vm->exit_reason = static_cast<int>(reason);
  look.vm->exit_message = message;
  return look;
}

TEST_CASE("5.2 an engine is good only when its VM is up and its page answers") {
  CHECK(judge_engine(look_at(VmPhase::Up, true), EngineVm::Up).health == EngineHealth::Good);
  const EngineStatus silent = judge_engine(look_at(VmPhase::Up, false), EngineVm::Up);
  CHECK(silent.vm == EngineVm::Up);
  CHECK(silent.health == EngineHealth::Bad);
  CHECK(silent.reason == "failed liveliness check");
}

TEST_CASE("5.2 a VM that waits for its lease, boots or is paused counts as up, of bad health") {
  for (const VmPhase phase : {VmPhase::WaitForLaunch, VmPhase::PoweringUp, VmPhase::Paused}) {
    CHECK_FALSE(may_answer(look_at(phase)));
    const EngineStatus status = judge_engine(look_at(phase, true), EngineVm::Down);
    CHECK(status.vm == EngineVm::Up);
    CHECK(status.health == EngineHealth::Bad);
    CHECK(status.detail == to_string(phase));
  }
  CHECK(may_answer(look_at(VmPhase::Up)));
}

TEST_CASE("5.3 a start that lost the race for the lease is plainly down") {
  const EngineLook lost =
      ended(ExitReason::LibvirtStartFailed,
            "could not start the domain HostedEngine: internal error: Failed to acquire lock: "
            "Lease is held by another host");
  CHECK(judge_engine(lost, EngineVm::Up).vm == EngineVm::Down);
  const EngineLook other = ended(ExitReason::LibvirtStartFailed, "no memory");
  CHECK(judge_engine(other, EngineVm::Up).vm == EngineVm::DownUnexpected);
}

TEST_CASE("5.3 an engine that was migrated away is plainly down, one that died is not") {
  CHECK(judge_engine(ended(ExitReason::MigrationSucceeded, ""), EngineVm::Up).vm == EngineVm::Down);
  CHECK(judge_engine(ended(ExitReason::LostQemuConnection, ""), EngineVm::Up).vm ==
        EngineVm::DownUnexpected);
}

TEST_CASE("5.2 a VM that vanished is missing where it ran, and as it was where it did not") {
  const EngineLook absent{.daemon_answers = true};
  CHECK(judge_engine(absent, EngineVm::Up).vm == EngineVm::DownMissing);
  CHECK(judge_engine(absent, EngineVm::Down).vm == EngineVm::Down);
  CHECK(judge_engine(absent, EngineVm::DownUnexpected).vm == EngineVm::DownUnexpected);
}

TEST_CASE("5.2 a host daemon that does not answer says nothing") {
  const EngineStatus status = judge_engine({}, EngineVm::Up);
  CHECK(status.vm == EngineVm::Unknown);
  CHECK(status.health == EngineHealth::Unknown);
}

TEST_CASE("5.2 engines are ranked: good, bad, paused, down, unknown") {
  CHECK(rank(judge_engine(look_at(VmPhase::Up, true), EngineVm::Up)) == 4);
  CHECK(rank(judge_engine(look_at(VmPhase::Up), EngineVm::Up)) == 3);
  CHECK(rank(judge_engine(look_at(VmPhase::Paused), EngineVm::Up)) == 2);
  CHECK(rank(judge_engine(look_at(VmPhase::Down), EngineVm::Down)) == 1);
  CHECK(rank(judge_engine({}, EngineVm::Up)) == 0);
}

}  // namespace
}  // namespace splitsite::reference::ha
