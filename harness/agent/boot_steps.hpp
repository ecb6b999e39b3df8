// The steps of the node's boot: lines "<seconds> <text>" which its init scripts append to a file.
// Each new line becomes a "step" event; `steps` returns them all.
#pragma once

#include <string>
#include <vector>

#include "harness/agent/dispatch.hpp"
#include "harness/agent/event_log.hpp"
#include "harness/agent/folder_watch.hpp"

namespace splitsite::agent {

class BootSteps {
 public:
  BootSteps(EventLoop& loop, const std::string& file, EventLog& events);

  void add_to(Dispatcher& dispatcher);
  const std::vector<std::string>& lines() const { return lines_; }
  bool ready() const;  // the node's role script has ended well

 private:
  void read_on();

  std::string file_;
  EventLog& events_;
  std::size_t read_to_ = 0;  // bytes: up to the end of the last whole line
  std::vector<std::string> lines_;
  FolderWatch watch_;  // last: it looks at once
};

}  // namespace splitsite::agent
