#include "harness/cli/context.hpp"

#include <fmt/format.h>

namespace splitsite::cli {

ExitCode report(Context& context, const Error& error) {
  context.progress.finish();
  fmt::print(stderr, "splitsite: {}\n", error.message());
  return exit_code_of(error);
}

}  // namespace splitsite::cli
