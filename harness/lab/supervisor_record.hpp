// Which processes a lab is, written down so that another program can find and end them. A process
// is only ever signalled through a pidfd whose start time was checked, so a record left by a crash
// can never hit a stranger that got the same pid.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite {

// A process that can be told from a later one with the same pid.
struct ProcessIdentity {
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;  // field 22 of /proc/<pid>/stat; 0 if it does not run

  bool operator==(const ProcessIdentity&) const = default;
};

// The process as it is now; nullopt when there is none or only a zombie is left of it.
std::optional<ProcessIdentity> identify(pid_t pid);
bool is_alive(const ProcessIdentity& process);

// The machine's boot; pids and start ticks mean nothing beyond it.
std::string machine_boot_id();

// <lab>/supervisor.json
struct SupervisorRecord {
  ProcessIdentity supervisor;
  ProcessIdentity init;       // PID 1 of the lab, as numbered on the machine
  std::string boot_id;        // of the machine: start ticks mean nothing after a reboot
  std::string netns() const;  // "/proc/<init>/ns/net"

  static SupervisorRecord of_running(pid_t supervisor, pid_t init);
  bool runs() const;
};

std::string supervisor_record_path(const std::string& lab_directory);
Result<void> write_supervisor_record(const std::string& path, const SupervisorRecord& record);
// Invalid if the file is there and cannot be understood; nullopt if it is not there.
Result<std::optional<SupervisorRecord>> read_supervisor_record(const std::string& path);

// SIGTERM, then SIGKILL when half of `bound` has passed; success when the process is gone.
Result<void> end_process(const ProcessIdentity& process, Duration bound);

}  // namespace splitsite
