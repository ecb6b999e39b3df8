// The QEMU processes of a host, from the moment libvirt writes their pid files until the kernel
// says that they are gone (pidfd). Event driven; asks nobody, so it stays true while libvirtd is
// down.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>

#include "harness/agent/folder_watch.hpp"
#include "harness/core/handle.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

class VmProcesses {
 public:
  struct Handlers {
    std::function<void(const std::string& vm, pid_t pid)> up;
    std::function<void(const std::string& vm, pid_t pid)> gone;
  };

  // `folder` holds "<vm>.pid" files: /run/libvirt/qemu. `loop` outlives this.
  VmProcesses(EventLoop& loop, const std::string& folder, Handlers handlers);
  ~VmProcesses();
  VmProcesses(const VmProcesses&) = delete;
  VmProcesses& operator=(const VmProcesses&) = delete;

 private:
  struct Process {
    pid_t pid = 0;
    UniqueFd fd;
  };
  void look();
  void changed(const std::string& file);
  void ended(const std::string& vm);

  EventLoop& loop_;
  std::string folder_;
  Handlers handlers_;
  std::map<std::string, Process> processes_;  // by VM
  FolderWatch watch_;                         // last: it looks at once
};

}  // namespace splitsite::agent
