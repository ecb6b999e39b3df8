// Follows the log of the lab's power controllers and writes into the history what they switched: a
// copy on a host that the Manager has fenced runs no more, and the oracles have to know.
#pragma once

#include <string>
#include <thread>

#include "harness/observe/history.hpp"

namespace splitsite {

class PowerWatch {
 public:
  // From what is written to `log` from now on. `history` and `clock` outlive it.
  PowerWatch(std::string log, HistoryWriter& history, Clock& clock);
  ~PowerWatch();
  PowerWatch(const PowerWatch&) = delete;
  PowerWatch& operator=(const PowerWatch&) = delete;

  // Records the whole lines in the log from `offset` on; returns where the next look begins.
  static long look(const std::string& log, long offset, HistoryWriter& history);

 private:
  std::jthread thread_;
};

}  // namespace splitsite
