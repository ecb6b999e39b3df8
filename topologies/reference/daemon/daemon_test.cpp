#include "topologies/reference/daemon/daemon.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "scripts/testing/catch.hpp"

namespace splitsite::reference {
namespace {

using namespace std::chrono_literals;

// In a process of its own: what is blocked stays blocked. Returns its exit code, or 128 and the
// signal's number.
template <class Life>
int life_of(Life life) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(life());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

TEST_CASE("A daemon is told to end by a signal it waits for, also by one that came before") {
  CHECK(life_of([] {
          const EndSignals signals;
          ::raise(SIGTERM);
          return signals.wait();
        }) == SIGTERM);
  CHECK(life_of([] {
          const EndSignals signals;
          ::raise(SIGINT);
          return signals.wait_for(10s) ? 7 : 0;
        }) == 7);
  CHECK(life_of([] { return EndSignals().wait_for(1ms) ? 7 : 0; }) == 0);
}

TEST_CASE("A peer that is gone is an error of the write, not the daemon's end") {
  CHECK(life_of([] {
          const EndSignals signals;
          int ends[2];
          if (::pipe(ends) != 0) return 1;
          ::close(ends[0]);
          return ::write(ends[1], "x", 1) == -1 && errno == EPIPE ? 7 : 0;
        }) == 7);
}

TEST_CASE("A node has a name") { CHECK_FALSE(host_name().empty()); }

}  // namespace
}  // namespace splitsite::reference
