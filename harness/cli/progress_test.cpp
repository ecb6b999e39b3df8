#include "harness/cli/progress.hpp"

#include "scripts/testing/catch.hpp"

using namespace splitsite;
using namespace splitsite::cli;
using namespace std::chrono_literals;

namespace {

WaitProgress waiting(const std::string& reason, Duration elapsed = 2s) {
  return {.what = "9 nodes to be ready", .elapsed = elapsed, .bound = 240s, .reason = reason};
}

}  // namespace

TEST_CASE("A line says phase, elapsed against bound, and why not yet") {
  CHECK(progress_line(12300ms, "boot nodes", waiting("sto-a: replicas connected"), 0) ==
        "   12.3 s  boot nodes   2.0 s of 240.0 s   sto-a: replicas connected");
  CHECK(progress_line(1s, "start libvirtd", {}, 0) == "    1.0 s  start libvirtd");
}

TEST_CASE("A line fits the terminal") {
  const std::string line = progress_line(1s, "boot nodes", waiting(std::string(200, 'x')), 60);
  CHECK(line.size() < 60);
  CHECK(line.ends_with("..."));
}

TEST_CASE("Without a terminal, lines come with a new phase, and else at most every five seconds") {
  ManualClock clock;
  std::string written;
  Progress progress(clock, 0, [&](const std::string& text) { written += text; });
  const auto lines = [&] { return std::count(written.begin(), written.end(), '\n'); };
  progress.update("boot", waiting("one"));
  CHECK(lines() == 1);
  clock.advance(1s);
  progress.update("boot", waiting("two"));
  CHECK(lines() == 1);
  clock.advance(4s);
  progress.update("boot", waiting("two"));
  CHECK(lines() == 2);
  clock.advance(10s);
  progress.update("boot", waiting("two"));  // nothing new to say
  CHECK(lines() == 2);
  progress.update("run", waiting("two"));
  CHECK(lines() == 3);
  CHECK(written.find('\033') == std::string::npos);
}

TEST_CASE("On a terminal one line is written over, and a line that stays does not mix with it") {
  ManualClock clock;
  std::string written;
  Progress progress(clock, 80, [&](const std::string& text) { written += text; });
  progress.update("boot", waiting("one"));
  clock.advance(1s);
  progress.update("boot", waiting("two"));
  progress.say("node image made");
  CHECK(std::count(written.begin(), written.end(), '\n') == 1);
  CHECK(written.ends_with("\r\033[K    1.0 s  node image made\n"));
}
