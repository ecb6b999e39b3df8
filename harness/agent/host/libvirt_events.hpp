// Whether the VMs' CPUs run, from the local libvirtd, in a thread of its own: libvirt's event loop
// is its own and its calls block. Connects, read-only, when the daemon is there, and again when it
// comes back; after a gap it tells what it finds.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "harness/agent/event_log.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

class LibvirtEvents {
 public:
  // Called in the loop's thread.
  struct Handlers {
    std::function<void(const std::string& vm, bool running, const std::string& reason)> running;
    // After each connect. `since`: the last time the state was known for sure.
    std::function<void(const std::set<std::string>& running, std::optional<NodeTime> since)> all;
  };

  // `loop` outlives this. `uri` as libvirt's; `socket` is what tells that the daemon is there.
  LibvirtEvents(EventLoop& loop, std::string uri, std::string socket, Handlers handlers);
  ~LibvirtEvents();
  LibvirtEvents(const LibvirtEvents&) = delete;
  LibvirtEvents& operator=(const LibvirtEvents&) = delete;

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace splitsite::agent
