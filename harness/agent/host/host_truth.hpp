// What is true on one host about its VMs and its leases, put together from three witnesses: the
// QEMU processes, libvirt's lifecycle events, sanlock's status. Pure: told what was seen, it keeps
// the state and emits an event for every change, never for a repetition.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "harness/agent/event_log.hpp"

namespace splitsite::agent {

struct HeldLease {
  std::string lease;
  pid_t pid = 0;
  std::uint64_t version = 0;  // sanlock's lver: grows with every new owner

  auto operator<=>(const HeldLease&) const = default;
};

// One look at the sanlock daemon.
struct SanlockStatus {
  bool daemon = false;           // it answered
  std::string trouble;           // why there is no answer
  bool joined = false;           // the lab's lockspace: host id held, being renewed
  std::uint64_t generation = 0;  // of this host in the lockspace
  std::vector<HeldLease> leases;
  std::set<std::string> undecided;  // leases being given up right now: not known yet
};

class HostTruth {
 public:
  explicit HostTruth(EventLog& events) : events_(events) {}

  void process_up(const std::string& vm, pid_t pid);
  void process_gone(const std::string& vm, pid_t pid);
  // CPUs run or do not. `since`: not before, when it was found by looking.
  void running(const std::string& vm, bool running, const std::string& reason,
               std::optional<NodeTime> since = std::nullopt);
  // All VMs libvirt knows to run; any other does not.
  void all_running(const std::set<std::string>& vms, std::optional<NodeTime> since);
  // `since`: when sanlock was looked at before. A daemon that does not answer leaves the leases as
  // they were: for the rest of the world they are held until they expire.
  void sanlock(const SanlockStatus& status, std::optional<NodeTime> since);

  Json truth() const;

 private:
  struct Vm {
    pid_t pid = 0;  // 0: no process
    bool running = false;
    std::string reason;
  };
  void leases(const SanlockStatus& status, std::optional<NodeTime> since);

  EventLog& events_;
  std::map<std::string, Vm> vms_;
  // A lease that sanlock is giving up may be free on the disk from the moment it began to.
  struct Held {
    std::uint64_t version = 0;
    bool undecided = false;
    std::optional<NodeTime> free_since;
  };
  using HeldLeases = std::map<std::pair<std::string, pid_t>, Held>;
  void tell(const HeldLeases::value_type& lease, bool held, std::optional<NodeTime> since);

  HeldLeases leases_;
  bool daemon_ = false;
  bool joined_ = false;
  std::uint64_t generation_ = 0;
};

}  // namespace splitsite::agent
