// Running another program to its end: output streamed by the line, a deadline, a way to stop it,
// and the certainty that nothing of it is left when we end, however we end.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::process {

struct Command {
  std::string program;  // looked up in PATH unless it has a slash
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;  // added to ours
  std::string input;                               // what the program reads on stdin
  Duration bound = std::chrono::minutes(1);
  // Everything the program starts lives in a PID namespace that ends with it and with us. Needs
  // root.
  bool contained = false;
  std::stop_token stop = {};
  // Each line the program writes on stderr, as it comes.
  std::function<void(const std::string&)> on_error_line = {};
  // Each line on stdout; false ends the program, which counts as success.
  std::function<bool(const std::string&)> on_output_line = {};
};

struct Outcome {
  int exit_code = 0;         // 128 + signal if it was ended by one
  std::string output;        // all of stdout
  std::string error_output;  // the last 20 lines of stderr
};

// Refused or Unavailable: it could not be started. TimedOut, Interrupted: it was ended (SIGTERM,
// then SIGKILL). Any exit code is an Outcome.
Result<Outcome> run(const Command& command);

// The same, with an exit code other than 0 as an Error that quotes the program's last words.
Result<std::string> output_of(const Command& command);

}  // namespace splitsite::process
