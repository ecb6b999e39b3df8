#include "harness/adapters/process/process.hpp"

#include <signal.h>
#include <unistd.h>

#include "harness/time/eventually.hpp"
#include "scripts/testing/catch.hpp"

using namespace splitsite;
using namespace std::chrono_literals;

TEST_CASE("Output and errors are told apart, by the line") {
  std::vector<std::string> errors;
  const auto outcome =
      process::run({.program = "sh",
                    .arguments = {"-c", "echo out; echo one >&2; printf two >&2"},
                    .on_error_line = [&](const std::string& line) { errors.push_back(line); }});
  REQUIRE(outcome);
  CHECK(outcome.value().exit_code == 0);
  CHECK(outcome.value().output == "out\n");
  CHECK(errors == std::vector<std::string>{"one", "two"});
}

TEST_CASE("An exit code is an outcome, and an error with the last words for who wants output") {
  const process::Command command{.program = "sh", .arguments = {"-c", "echo broken >&2; exit 3"}};
  CHECK(process::run(command).value().exit_code == 3);
  const auto output = process::output_of(command);
  REQUIRE_FALSE(output);
  CHECK(output.error().why.find("broken") != std::string::npos);
}

TEST_CASE("A program that is not there is unavailable") {
  const auto outcome = process::run({.program = "no-such-program-here"});
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().kind == ErrorKind::Unavailable);
}

TEST_CASE("A program that takes too long is ended, with all it started") {
  const Instant before = steady_clock().now();
  std::string child;
  const auto outcome =
      process::run({.program = "sh",
                    .arguments = {"-c", "sleep 300 & echo $! >&2; wait"},
                    .bound = 100ms,
                    .on_error_line = [&](const std::string& line) { child = line; }});
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().kind == ErrorKind::TimedOut);
  CHECK(steady_clock().now() - before < 5s);
  REQUIRE_FALSE(child.empty());
  const auto gone =
      eventually<std::monostate>(steady_clock(), {.what = "the child to be gone", .bound = 3s},
                                 [&]() -> Probed<std::monostate> {
                                   if (::access(("/proc/" + child + "/fd/0").c_str(), F_OK) != 0)
                                     return std::monostate{};
                                   return NotYet{"it runs"};
                                 });
  CHECK(gone.has_value());
}

TEST_CASE("A program can be stopped, and ended when it has said enough") {
  std::stop_source stop;
  const auto stopped =
      process::run({.program = "sh",
                    .arguments = {"-c", "echo up >&2; exec sleep 300"},
                    .stop = stop.get_token(),
                    .on_error_line = [&](const std::string&) { stop.request_stop(); }});
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().kind == ErrorKind::Interrupted);

  const auto enough =
      process::run({.program = "sh",
                    .arguments = {"-c", "echo up; exec sleep 300"},
                    .on_output_line = [](const std::string& line) { return line != "up"; }});
  REQUIRE(enough);
  CHECK(enough.value().output == "up\n");
}

TEST_CASE("A program reads the input it is given, and nothing without one") {
  const auto read = process::run({.program = "cat", .input = "one\ntwo\n"});
  REQUIRE(read);
  CHECK(read.value().output == "one\ntwo\n");
  CHECK(process::run({.program = "cat"}).value().output.empty());
}

TEST_CASE("A contained program takes along even what left its process group") {
  if (::geteuid() != 0) {
    WARN("skipped: containing a program needs root");
    return;
  }
  const auto outcome = process::run({.program = "sh",
                                     .arguments = {"-c", "setsid sleep 4242 & echo $$; exit 0"},
                                     .contained = true});
  REQUIRE(outcome);
  CHECK(outcome.value().output == "1\n");  // it was PID 1 of its own namespace
  CHECK(process::run({.program = "pgrep", .arguments = {"-f", "^sleep 4242$"}}).value().exit_code ==
        1);
}
