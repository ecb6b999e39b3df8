// The node's daemons and guests by the names faults use, as the kernel knows them: asks /proc and
// no daemon, so that it is true of a daemon that is stopped or gone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/result.hpp"

namespace splitsite::agent {

// Who comes when a daemon has died.
enum class Comeback {
  Respawned,  // the node's own supervision, a second later (respawn in lib.sh)
  Restarted,  // nobody; /splitsite/node/start-daemon starts it
  Elsewhere,  // a guest: not the node's to bring back
};

struct Daemon {
  std::string name;     // "hostd"
  std::string program;  // the file name it runs from: "splitsite-hostd"
  Comeback comeback = Comeback::Respawned;
};

// hostd, libvirtd, sanlock, wdmd, iscsid, multipathd, manager, witness.
std::vector<Daemon> known_daemons();

struct ProcessState {
  pid_t pid = 0;
  char state = '?';                 // as in /proc/<pid>/stat: S sleeps, R runs, D waits, T stopped
  std::uint64_t started_ticks = 0;  // since the node's start; with the pid: which process it is
  std::uint64_t cpu_ticks = 0;      // used so far, in the kernel and outside

  bool same_process(const ProcessState& other) const {
    return pid == other.pid && started_ticks == other.started_ticks;
  }
};

class ProcessTable {
 public:
  // `vm_pids`: libvirt's folder with a "<vm>.pid" file per guest.
  ProcessTable(std::vector<Daemon> daemons, std::string vm_pids)
      : daemons_(std::move(daemons)), vm_pids_(std::move(vm_pids)) {}

  // `name`: a daemon's, or "vm:<vm>" for a guest's QEMU. Invalid: no such name.
  Result<Comeback> comeback(const std::string& name) const;
  // The process now, nothing if there is none. Of a daemon with helpers, the one that started them.
  Result<std::optional<ProcessState>> find(const std::string& name) const;
  // By number; nothing if it is gone, or dead and not yet collected by its parent.
  static std::optional<ProcessState> read(pid_t pid);

 private:
  const Daemon* daemon(const std::string& name) const;
  std::optional<ProcessState> find_vm(const std::string& vm) const;

  std::vector<Daemon> daemons_;
  std::string vm_pids_;
};

// Sends a signal to exactly this process: false if it is gone, also when its number is another's
// by now.
Result<bool> send_signal(const ProcessState& process, int signal);

}  // namespace splitsite::agent
