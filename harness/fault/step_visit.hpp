// One function per kind of step, so that a new kind cannot be forgotten anywhere.
#pragma once

#include <utility>
#include <variant>

#include "harness/fault/step.hpp"

namespace splitsite {

template <class... F>
decltype(auto) visit_step(const Step& step, F&&... functions) {
  struct Overloaded : std::decay_t<F>... {
    using std::decay_t<F>::operator()...;
  };
  return std::visit(Overloaded{std::forward<F>(functions)...}, step);
}

}  // namespace splitsite
