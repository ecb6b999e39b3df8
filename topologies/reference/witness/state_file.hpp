// The witness's memory. It is replaced whole and atomically, and before any answer that rests on it
// leaves, so a witness that dies and comes back never grants the same lock to somebody else.
#pragma once

#include <string>

#include "harness/core/result.hpp"
#include "topologies/reference/witness/arbiter.hpp"

namespace splitsite::reference {

class StateFile {
 public:
  explicit StateFile(std::string path) : path_(std::move(path)) {}

  // The saved state, or a fresh one when there is no file yet. A file that cannot be read or
  // understood is an error: forgetting a holder could make two.
  Result<WitnessState> load() const;
  Result<void> save(const WitnessState& state) const;

 private:
  std::string path_;
};

}  // namespace splitsite::reference
