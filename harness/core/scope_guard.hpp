// ScopeGuard: runs an action when the scope ends, unless released. Move-only and without
// std::function, so that it costs and hides nothing.
#pragma once

#include <utility>

namespace splitsite {

template <class Action>
class [[nodiscard]] ScopeGuard {
 public:
  explicit ScopeGuard(Action action) : action_(std::move(action)) {}
  ScopeGuard(ScopeGuard&& other) noexcept
      : action_(std::move(other.action_)), armed_(std::exchange(other.armed_, false)) {}
  ScopeGuard(const ScopeGuard&) = delete;
  ScopeGuard& operator=(const ScopeGuard&) = delete;
  ScopeGuard& operator=(ScopeGuard&&) = delete;
  ~ScopeGuard() {
    if (armed_) action_();
  }

  void release() { armed_ = false; }

 private:
  Action action_;
  bool armed_ = true;
};

}  // namespace splitsite
