// This host's own part in SPM: Free, Contend while the lease is being taken or given back, SPM
// while it is held. Pure state; SpmService makes the calls. Holds VDSM's rules that a role change
// is refused while the opposite one runs, and that a watchdog which cannot find the lease restarts
// the daemon.
#pragma once

#include <cstdint>
#include <string>

#include "harness/core/result.hpp"
#include "topologies/reference/rpc/host_stats.hpp"

namespace splitsite::reference::hostd {

class SpmState {
 public:
  rpc::SpmRole status() const { return status_; }
  std::int64_t version() const { return version_; }  // lver of the lease we hold, else -1
  const std::string& last_error() const { return last_error_; }

  // True if the lease has to be acquired now; false if that runs already or we hold it.
  // ErrorKind::Conflict while it is being given back.
  Result<bool> begin_start();
  void started(std::int64_t version);
  void start_failed(std::string why);

  // True if the lease has to be released now; false if we do not hold it.
  // ErrorKind::Conflict while another change runs.
  Result<bool> begin_stop();
  void stopped();

 private:
  rpc::SpmRole status_ = rpc::SpmRole::Free;
  bool stopping_ = false;
  std::int64_t version_ = -1;
  std::string last_error_;
};

// What one look of the watchdog found.
enum class LeaseLook { Held, Lost, Unclear };

// vdsm lib/vdsm/storage/spwd.py: three temporary errors in a row are forgiven, a fourth or a lease
// that is not ours any more is not.
class SpmWatchdog {
 public:
  static constexpr int kForgiven = 3;
  // True if the daemon has to end itself, so that sanlock gives up whatever it may still hold.
  bool must_restart(LeaseLook look);

 private:
  int errors_ = 0;
};

}  // namespace splitsite::reference::hostd
