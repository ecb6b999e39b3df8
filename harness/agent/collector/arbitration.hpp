// The witness's decisions as events, read from the file in which it remembers them.
#pragma once

#include <cstdint>
#include <string>

#include "harness/agent/event_log.hpp"
#include "harness/agent/folder_watch.hpp"

namespace splitsite::agent {

class ArbitrationWatch {
 public:
  // `loop` and `events` outlive this. The file is replaced whole by its writer.
  ArbitrationWatch(EventLoop& loop, const std::string& state_file, EventLog& events);

 private:
  void read();

  std::string file_;
  EventLog& events_;
  std::uint64_t told_ = 0;  // number of the last decision told
  FolderWatch watch_;       // last: it looks at once
};

}  // namespace splitsite::agent
