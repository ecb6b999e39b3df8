// Tells of changes to the files of one folder (inotify), from when the folder exists.
#pragma once

#include <functional>
#include <string>

#include "harness/core/handle.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

class FolderWatch {
 public:
  struct Handlers {
    // The watch is in place: what is there now has to be looked at once. Again after the folder
    // was removed and made anew, and after changes were lost because there were too many.
    std::function<void()> look;
    // A file was made, written, moved in or out, or removed.
    std::function<void(const std::string& name)> changed;
  };

  // `loop` outlives the watch.
  FolderWatch(EventLoop& loop, std::string folder, Handlers handlers);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

 private:
  void start();
  void on_ready();

  EventLoop& loop_;
  std::string folder_;
  Handlers handlers_;
  UniqueFd inotify_;
  EventLoop::TimerId retry_ = 0;
};

}  // namespace splitsite::agent
