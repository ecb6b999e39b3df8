// What the program's exit code says. Scripts and CI rely on these numbers.
#pragma once

#include "harness/core/error.hpp"

namespace splitsite::cli {

enum class ExitCode : int {
  Pass = 0,
  Fail = 1,           // a verdict is "violated"; doctor: something must be mended
  Inconclusive = 2,   // the environment broke, or a measurement was too coarse to judge
  Dirty = 3,          // something could not be healed and is left behind
  Skipped = 4,        // nothing could be exercised here
  Usage = 64,         // wrong options, wrong topology file
  Internal = 70,      // a bug
  Interrupted = 130,  // Ctrl-C or SIGTERM: the lab is gone, the history so far is kept
};

// For a command that failed before it could judge anything.
inline ExitCode exit_code_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::Invalid:
      return ExitCode::Usage;
    case ErrorKind::Interrupted:
      return ExitCode::Interrupted;
    case ErrorKind::Internal:
      return ExitCode::Internal;
    default:
      return ExitCode::Inconclusive;
  }
}

}  // namespace splitsite::cli
