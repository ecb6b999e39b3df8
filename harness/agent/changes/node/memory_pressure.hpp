// "memory.press": a helper locks a share of the memory that is available when it begins.
// {percent}; it is filled in the background: observe() shows how far it is.
// observe {} -> {total, available, locked} bytes of the whole node.
// Rule: the helper is the first the kernel's OOM killer takes; the fault then ends by itself.
#pragma once

#include <string>

#include "harness/agent/changes/change.hpp"

namespace splitsite::agent {

class MemoryPressure final : public Change {
 public:
  explicit MemoryPressure(std::string meminfo = "/proc/meminfo") : meminfo_(std::move(meminfo)) {}

  Result<Json> prepare(const Json& arguments) override;
  Result<Json> apply(const Json& arguments, Json& remembered) override;
  Result<void> revert(const Json& remembered) override;
  Result<Json> observe(const Json& arguments) override;
  bool outlives_agent() const override { return false; }

 private:
  std::string meminfo_;
};

}  // namespace splitsite::agent
