// "node.panic", "node.shutdown", "node.reboot": the node goes down by its own doing, a moment after
// the request was answered. {then: "reboot" | "hang"} for a panic, {} for the others.
// observe {} -> {boot_id, going_down}: which life of the node this is, and whether it is ending.
// Rule: what has begun is not taken back; only a moment before it begins, or a kernel setting, is.
#pragma once

#include <string>

#include "harness/agent/changes/change.hpp"

namespace splitsite::agent {

struct PowerPaths {
  std::string sysrq = "/proc/sysrq-trigger";
  std::string after_panic = "/proc/sys/kernel/panic";  // seconds until a reboot; 0: never
  std::string init_tool = "/bin/busybox";              // its poweroff and reboot tell init
};

enum class Way { Panic, Shutdown, Reboot };

class GoingDown final : public Change {
 public:
  explicit GoingDown(Way way, PowerPaths paths = {}) : way_(way), paths_(std::move(paths)) {}

  Result<Json> prepare(const Json& arguments) override;
  Result<Json> apply(const Json& arguments, Json& remembered) override;
  Result<void> revert(const Json& remembered) override;
  Result<Json> observe(const Json& arguments) override;

 private:
  Result<Json> prepare_panic(const Json& arguments) const;

  Way way_;
  PowerPaths paths_;
  bool going_down_ = false;
};

}  // namespace splitsite::agent
