// On a real shell loop that keeps a copy of `sleep` running, as a node's supervision does.
#include "topologies/reference/restart_service/daemon_restart.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "harness/time/eventually.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::reference {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// A program of a name nobody else has, respawned 0.1 s after it ended unless it is held down.
class Kept {
 public:
  Kept() : name_(fmt::format("kept-{}", ::getpid())), folder_(fs::temp_directory_path() / name_) {
    fs::create_directories(folder_);
    fs::copy_file("/bin/sleep", program(), fs::copy_options::overwrite_existing);
    const std::string loop =
        fmt::format("while :; do {} 600; sleep 0.1; while [ -e {}/held ]; do sleep 0.1; done; done",
                    program().string(), folder_.string());
    keeper_ = ::fork();
    if (keeper_ == 0) {
      ::setpgid(0, 0);
      ::execl("/bin/sh", "sh", "-c", loop.c_str(), nullptr);
      ::_exit(127);
    }
    ::setpgid(keeper_, keeper_);
    REQUIRE(comes());
  }
  ~Kept() {
    ::killpg(keeper_, SIGKILL);
    ::waitpid(keeper_, nullptr, 0);
    fs::remove_all(folder_);
  }

  DaemonRestart restart() const { return {.program = name_, .grace = 200ms, .bound = 2s}; }
  void hold() const { std::ofstream(folder_ / "held") << "held"; }
  bool comes() const {
    const auto there = eventually<std::monostate>(
        steady_clock(), {.what = "the program", .bound = 5s}, [&]() -> Probed<std::monostate> {
          if (processes_of(restart()).empty()) return NotYet{"not there"};
          return std::monostate{};
        });
    return there.has_value();
  }
  pid_t running() const { return processes_of(restart()).at(0); }

 private:
  fs::path program() const { return folder_ / name_; }

  std::string name_;
  fs::path folder_;
  pid_t keeper_ = -1;
};

TEST_CASE("A daemon is ended and another one comes") {
  const Kept kept;
  const pid_t before = kept.running();
  REQUIRE(restart_daemon(kept.restart(), steady_clock()));
  CHECK(kept.running() != before);
}

TEST_CASE("A daemon that hangs is killed") {
  const Kept kept;
  const pid_t before = kept.running();
  ::kill(before, SIGSTOP);
  REQUIRE(restart_daemon(kept.restart(), steady_clock()));
  CHECK(kept.running() != before);
}

TEST_CASE("What is held down does not come, and that is an error") {
  const Kept kept;
  kept.hold();
  const auto done = restart_daemon(kept.restart(), steady_clock());
  REQUIRE_FALSE(done);
  CHECK(done.error().kind == ErrorKind::TimedOut);
}

}  // namespace
}  // namespace splitsite::reference
