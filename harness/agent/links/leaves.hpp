// What the link operations need of the kernel, so that they can be tested without one.
#pragma once

#include <cstdint>
#include <string>

#include "harness/core/result.hpp"
#include "harness/ports/links.hpp"

namespace splitsite::agent {

class Leaves {
 public:
  struct State {
    Impairment impairment;
    std::uint32_t limit = 0;    // packets
    std::uint64_t dropped = 0;  // packets, ever
  };

  virtual ~Leaves() = default;
  // Readies what a later change may need, so that it takes no longer the first time.
  virtual void prepare(const std::string& device) = 0;
  // Whether the kernel would take it; touches nothing.
  virtual Result<void> check(const Impairment& impairment) const = 0;
  virtual Result<State> read(const std::string& device) = 0;
  virtual Result<void> change(const std::string& device, const Impairment& impairment) = 0;
};

}  // namespace splitsite::agent
