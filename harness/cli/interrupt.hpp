// Ctrl-C and SIGTERM as a stop request: everything that waits gives up and unwinds, which ends labs
// and faults. A second one ends the program at once; an owned lab still goes with it.
#pragma once

#include <stop_token>
#include <thread>

namespace splitsite::cli {

class Interrupt {
 public:
  // Must be made before any other thread: it blocks the signals for all of them.
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::thread thread_;
};

}  // namespace splitsite::cli
