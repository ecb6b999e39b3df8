#include "topologies/reference/hostd/spm_service.hpp"

#include <fmt/format.h>

#include <utility>

#include "topologies/reference/hostd/log.hpp"

namespace splitsite::reference::hostd {

using rpc::Code;

namespace {

// Longest time StoragePool.spmStop keeps its caller; the release goes on after it.
constexpr std::chrono::seconds kStopWait{15};
// sanlock's own I/O timeout ends a hanging read; this much later nobody believes in an answer.
constexpr std::chrono::seconds kInspectionSlack{2};
constexpr int kMaxHostId = 2000;

rpc::Reply refused(Code code, std::string message) {
  return rpc::Error{.code = static_cast<int>(code), .message = std::move(message)};
}

Result<SpmOwner> inspect_lease(Leases& leases) {
  SPLITSITE_TRY(auto lease, leases.read_spm_lease());
  if (!lease.owner) return inspect_spm_lease(lease, HostUndecided{});
  SPLITSITE_TRY(auto host, leases.owner_host(lease.owner->host_id));
  return inspect_spm_lease(lease, host);
}

}  // namespace

struct SpmService::Inspection {
  std::optional<Result<SpmOwner>> result;
};

SpmService::SpmService(const Timers& timers, Leases& leases,
                       std::function<void(std::string)> end_daemon)
    : timers_(timers), leases_(leases), end_daemon_(std::move(end_daemon)) {}

rpc::Reply SpmService::connect(const rpc::ConnectPool& request) {
  if (request.host_id < 1 || request.host_id > kMaxHostId)
    return refused(Code::AcquireHostId, fmt::format("no host id: {}", request.host_id));
  const std::lock_guard lock(mutex_);
  if (host_id_ && *host_id_ != request.host_id)
    return refused(Code::AcquireHostId, fmt::format("connected with host id {}", *host_id_));
  if (host_id_) return rpc::Done{};
  log_info(fmt::format("connect with host id {}", request.host_id));
  host_id_ = request.host_id;
  operations_.run([this] { keep_joined(); });
  return rpc::Done{};
}

rpc::Reply SpmService::disconnect() {
  std::optional<int> host_id;
  {
    const std::lock_guard lock(mutex_);
    if (spm_.status() != rpc::SpmRole::Free)
      return refused(Code::ReleaseLock, "this host is, or becomes, SPM");
    host_id = std::exchange(host_id_, std::nullopt);
  }
  if (!host_id) return rpc::Done{};
  operations_.run([this, id = *host_id] {
    const std::lock_guard membership(membership_);
    if (const auto left = leases_.leave(id); !left) log_warning(left.error().message());
    const auto state = leases_.lockspace(id);
    const std::lock_guard lock(mutex_);
    lockspace_ = state ? state.value() : LockspaceState::Absent;
  });
  return rpc::Done{};
}

rpc::Reply SpmService::status() {
  std::unique_lock lock(mutex_);
  if (!host_id_) return refused(Code::PoolNotConnected, "StoragePool.connect was not asked");
  const auto inspection = inspect();
  const bool answered = changed_.wait_for(lock, timers_.storage_timeout + kInspectionSlack,
                                          [&] { return inspection->result.has_value(); });
  if (!answered) return refused(Code::DomainAccess, "the SPM lease could not be read in time");
  const Result<SpmOwner>& owner = *inspection->result;
  if (!owner) return refused(Code::DomainAccess, owner.error().message());
  return rpc::SpmReport{.spm_status = spm_.status(),
                        .spm_id = owner.value().spm_id,
                        .owner_state = owner.value().owner_state};
}

rpc::Reply SpmService::start(const rpc::StartSpm& request) {
  {
    const std::lock_guard lock(mutex_);
    if (!host_id_) return refused(Code::PoolNotConnected, "StoragePool.connect was not asked");
    const auto begin = spm_.begin_start();
    if (!begin) return refused(Code::AcquireLock, begin.error().message());
    if (!begin.value()) return rpc::Done{};
  }
  log_info(fmt::format("start SPM, former owner {}", request.prev_id));
  operations_.run([this] { acquire(); });
  return rpc::Done{};
}

rpc::Reply SpmService::stop() {
  std::unique_lock lock(mutex_);
  const auto begin = spm_.begin_stop();
  if (!begin) return refused(Code::ReleaseLock, begin.error().message());
  if (!begin.value()) return rpc::Done{};
  log_info("stop SPM");
  operations_.run([this] { release(); });
  const bool released =
      changed_.wait_for(lock, kStopWait, [&] { return spm_.status() == rpc::SpmRole::Free; });
  if (released) return rpc::Done{};
  return refused(Code::ReleaseLock, "the SPM lease is not released yet");
}

rpc::Reply SpmService::create_lease(const rpc::CreateLease& request) {
  return change_lease([this, vm = request.vm] { return leases_.create_lease(vm); });
}

rpc::Reply SpmService::delete_lease(const rpc::DeleteLease& request) {
  return change_lease([this, vm = request.vm] { return leases_.delete_lease(vm); });
}

rpc::Reply SpmService::change_lease(std::function<Result<void>()> change) {
  std::unique_lock lock(mutex_);
  if (spm_.status() != rpc::SpmRole::Spm) return refused(Code::SpmStatusError, "Not SPM");
  const auto result = std::make_shared<std::optional<Result<void>>>();
  operations_.run([this, change = std::move(change), result] {
    auto changed = change();
    const std::lock_guard done(mutex_);
    result->emplace(std::move(changed));
    changed_.notify_all();
  });
  const bool answered = changed_.wait_for(lock, timers_.storage_timeout + kInspectionSlack,
                                          [&] { return result->has_value(); });
  if (!answered) return refused(Code::DomainAccess, "the lease was not written in time");
  if (*result && !**result) return refused(Code::DomainAccess, (**result).error().message());
  return rpc::Done{};
}

rpc::SpmStats SpmService::stats() {
  const std::lock_guard lock(mutex_);
  return {.status = spm_.status(), .lver = static_cast<int>(spm_.version())};
}

bool SpmService::connected() {
  const std::lock_guard lock(mutex_);
  return host_id_.has_value();
}

bool SpmService::joined() {
  const std::lock_guard lock(mutex_);
  return lockspace_ == LockspaceState::Joined;
}

void SpmService::keep_joined() {
  const std::lock_guard membership(membership_);
  std::optional<int> host_id;
  {
    const std::lock_guard lock(mutex_);
    host_id = host_id_;
  }
  if (!host_id) return;
  auto state = leases_.lockspace(*host_id);
  std::string error = state ? "" : state.error().message();
  if (state && state.value() == LockspaceState::Absent) {
    if (const auto asked = leases_.begin_join(*host_id); !asked) error = asked.error().message();
  }
  const std::lock_guard lock(mutex_);
  if (error != last_join_error_ && !error.empty()) log_warning(error);
  last_join_error_ = error;
  const LockspaceState now = state ? state.value() : LockspaceState::Absent;
  if ((now == LockspaceState::Joined) != (lockspace_ == LockspaceState::Joined))
    log_info(now == LockspaceState::Joined ? "joined the lockspace" : "the lockspace is LOST");
  lockspace_ = now;
  changed_.notify_all();
}

void SpmService::watch_lease() {
  {
    const std::lock_guard lock(mutex_);
    if (spm_.status() != rpc::SpmRole::Spm) return;
  }
  const LeaseLook look = leases_.look_at_spm();
  bool restart = false;
  {
    const std::lock_guard lock(mutex_);
    if (spm_.status() != rpc::SpmRole::Spm) return;  // given back meanwhile
    restart = watchdog_.must_restart(look);
  }
  if (look == LeaseLook::Unclear) log_warning("sanlock does not say whether we hold the SPM lease");
  if (restart) end_daemon_("the SPM lease is not ours any more");
}

std::shared_ptr<SpmService::Inspection> SpmService::inspect() {
  if (inspection_) return inspection_;
  inspection_ = std::make_shared<Inspection>();
  operations_.run([this, mine = inspection_] {
    auto result = inspect_lease(leases_);
    const std::lock_guard lock(mutex_);
    mine->result.emplace(std::move(result));
    inspection_.reset();
    changed_.notify_all();
  });
  return inspection_;
}

void SpmService::acquire() {
  bool joined = false;
  {
    std::unique_lock lock(mutex_);
    joined = changed_.wait_for(lock, timers_.host_id_wait,
                               [&] { return lockspace_ == LockspaceState::Joined; });
  }
  Result<std::int64_t> version = joined ? leases_.acquire_spm()
                                        : Error{.kind = ErrorKind::TimedOut,
                                                .attempted = "acquire the SPM lease",
                                                .why = "the host id was not acquired in time"};
  const std::lock_guard lock(mutex_);
  if (version) {
    spm_.started(version.value());
    watchdog_ = {};
    log_info(fmt::format("this host is SPM, version {}", version.value()));
  } else {
    spm_.start_failed(version.error().message());
    log_warning(version.error().message());
  }
  changed_.notify_all();
}

void SpmService::release() {
  const auto released = leases_.release_spm();
  // As VDSM: a lease that can neither be kept nor be given back ends with the process.
  if (!released) end_daemon_(released.error().message());
  const std::lock_guard lock(mutex_);
  spm_.stopped();
  changed_.notify_all();
}

}  // namespace splitsite::reference::hostd
