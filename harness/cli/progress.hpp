// What a waiting person sees: phase, elapsed against bound, what is awaited and why not yet. On a
// terminal one line that is written over; elsewhere plain lines, on every change of phase and
// otherwise at most every five seconds.
#pragma once

#include <cstdio>
#include <functional>
#include <mutex>
#include <string>

#include "harness/time/eventually.hpp"

namespace splitsite::cli {

// "  12.3 s  boot nodes, 3 of 9 ready   12.1 s of 240.0 s   sto-a: replicas connected, …"; cut to
// `width` characters, 0 for no limit. `since_start` counts from the start of the command.
std::string progress_line(Duration since_start, const std::string& phase, const WaitProgress& wait,
                          std::size_t width);

class Progress {
 public:
  using Write = std::function<void(const std::string&)>;

  // On stderr, as a terminal if it is one.
  explicit Progress(Clock& clock);
  // For tests. `width` 0: not a terminal.
  Progress(Clock& clock, std::size_t width, Write write);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Thread safe, and cheap enough to be called after every probe.
  void update(const std::string& phase, const WaitProgress& wait = {});
  // A line that stays.
  void say(const std::string& line);
  // Ends the line that is written over, if any.
  void finish();

 private:
  void clear_line();

  Clock& clock_;
  Instant start_;
  std::size_t width_;
  Write write_;
  std::mutex mutex_;
  std::string phase_;
  std::string shown_reason_;
  Instant shown_at_{};
  bool line_open_ = false;
};

}  // namespace splitsite::cli
