#include "harness/cli/context.hpp"

#include <fmt/format.h>

namespace splitsite::cli {

ExitCode report(Context& context, const Error& error) {
  context.progress.finish();
  if (error.kind == ErrorKind::Interrupted) {
    fmt::print(stderr, "splitsite: interrupted\n");
  } else {
    fmt::print(stderr, "splitsite: {}\n", error.message());
  }
  return exit_code_of(error);
}

}  // namespace splitsite::cli
