// The StoragePool verbs: this host's membership of the lockspace, and the SPM lease (fact
// sheet 1.3). The lease belongs to this very process: if it is lost sanlock ends the process, and
// if our own watchdog cannot find it, or it cannot be given back, we end ourselves. Init starts us
// again.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "topologies/reference/hostd/core/spm_role.hpp"
#include "topologies/reference/hostd/core/timers.hpp"
#include "topologies/reference/hostd/operations.hpp"
#include "topologies/reference/hostd/ports.hpp"
#include "topologies/reference/rpc/rpc.hpp"

namespace splitsite::reference::hostd {

class SpmService {
 public:
  // `end_daemon` must not return in a real daemon; in tests it may.
  SpmService(const Timers& timers, Leases& leases, std::function<void(std::string)> end_daemon);

  rpc::Reply connect(const rpc::ConnectPool& request);
  rpc::Reply disconnect();
  rpc::Reply status();  // reads the lease from storage; answers even if that hangs
  rpc::Reply start(const rpc::StartSpm& request);
  rpc::Reply stop();  // waits for the release, but not for ever

  // Lease.create and Lease.delete: only as SPM. Answer even if storage hangs.
  rpc::Reply create_lease(const rpc::CreateLease& request);
  rpc::Reply delete_lease(const rpc::DeleteLease& request);

  rpc::SpmStats stats();
  bool connected();
  bool joined();

  // To be called every Timers::refresh: keeps asking sanlock until the lockspace is joined, and
  // joins again when it was lost.
  void keep_joined();
  // To be called every Timers::spm_watchdog.
  void watch_lease();

 private:
  struct Inspection;  // one read of the lease from storage; whoever asks meanwhile shares it

  std::shared_ptr<Inspection> inspect();  // with mutex_ held
  void acquire();
  void release();
  rpc::Reply change_lease(std::function<Result<void>()> change);

  Timers timers_;
  Leases& leases_;
  std::function<void(std::string)> end_daemon_;

  std::mutex membership_;  // one join or leave at a time; taken before mutex_
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<int> host_id_;  // set while the pool is connected
  LockspaceState lockspace_ = LockspaceState::Absent;
  SpmState spm_;
  SpmWatchdog watchdog_;
  std::shared_ptr<Inspection> inspection_;
  std::string last_join_error_;

  Operations operations_;  // last: its threads use all of the above
};

}  // namespace splitsite::reference::hostd
