// An HA agent in memory, for tests: says what the test wants, and notes what it was told.
#pragma once

#include <mutex>
#include <optional>

#include "topologies/reference/hostd/ports.hpp"

namespace splitsite::reference::hostd {

class FakeHaAgent final : public HaAgent {
 public:
  void say(const rpc::HaStats& stats) {
    const std::lock_guard lock(mutex_);
    stats_ = stats;
  }
  void refuse(Error error) {
    const std::lock_guard lock(mutex_);
    refusal_ = std::move(error);
  }
  std::optional<bool> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }

  rpc::HaStats stats() override {
    const std::lock_guard lock(mutex_);
    return stats_;
  }
  Result<void> set_local_maintenance(bool set) override {
    const std::lock_guard lock(mutex_);
    if (refusal_) return *refusal_;
    told_ = set;
    return success();
  }

 private:
  std::mutex mutex_;
  rpc::HaStats stats_;
  std::optional<Error> refusal_;
  std::optional<bool> told_;
};

}  // namespace splitsite::reference::hostd
