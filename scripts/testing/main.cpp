#define CATCH_CONFIG_RUNNER
#include <csignal>

#include "scripts/testing/catch.hpp"

int main(int argc, char** argv) {
  // As every program of ours does: a peer that is gone is an error of the write, not the end of the
  // process. Tests talk to peers that reset connections on purpose.
  std::signal(SIGPIPE, SIG_IGN);
  return Catch::Session().run(argc, argv);
}
