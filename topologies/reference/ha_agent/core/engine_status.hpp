// How the engine does on one host, in the words of ovirt-hosted-engine-ha (lib/engine.py), and how
// that is concluded from what the local host daemon and the engine's health page say
// (broker/submonitors/engine_health.py). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "topologies/reference/rpc/host_stats.hpp"

namespace splitsite::reference::ha {

enum class EngineVm {
  Up,
  Down,            // never ran here, moved away, or another host holds its lease
  DownUnexpected,  // ended here in any other way
  DownMissing,     // ran here, and the host daemon does not know it any more
  Unknown,         // the host daemon does not answer
};
enum class EngineHealth { Good, Bad, Unknown };

std::string_view to_string(EngineVm vm);          // "down_unexpected"
std::string_view to_string(EngineHealth health);  // "good"

struct EngineStatus {
  EngineVm vm = EngineVm::Down;
  EngineHealth health = EngineHealth::Bad;
  std::string detail = "unknown";  // the VM's own status: "WaitForLaunch"
  std::string reason;              // why the health is not good

  bool operator==(const EngineStatus&) const = default;
};

// The best engine of a cluster is the one with the highest rank: 4 is healthy, 0 is unknown.
int rank(const EngineStatus& status);

// One look at the engine VM on this host.
struct EngineLook {
  bool daemon_answers = false;
  std::optional<rpc::VmReport> vm;  // none: not listed on this host
  bool page_answers = false;        // the engine's health page, asked only if the VM is up
};

// Whether the engine's page is worth asking: the VM is there and not on its way in.
bool may_answer(const EngineLook& look);

// `before` is the VM state of the last look that was not Unknown; Down for the first.
EngineStatus judge_engine(const EngineLook& look, EngineVm before);

}  // namespace splitsite::reference::ha
