#include "topologies/reference/hostd/sanlock_leases.hpp"

extern "C" {
#include <sanlock.h>
#include <sanlock_admin.h>
#include <sanlock_resource.h>
#include <sanlock_rv.h>
#include <stddef.h>
#include <stdint.h>
}

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "topologies/reference/hostd/core/sanlock_state.hpp"
#include "topologies/reference/hostd/log.hpp"

namespace splitsite::reference::hostd {
namespace {

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

template <std::size_t N>
void copy_name(char (&into)[N], const std::string& from) {
  std::strncpy(into, from.c_str(), N - 1);
  into[N - 1] = '\0';
}

// A negative result is either an errno or one of sanlock's own numbers.
Error sanlock_error(int rc, std::string attempted, std::string subject) {
  const bool own = rc <= SANLK_ERROR;
  const bool away = rc == -ECONNREFUSED || rc == -ENOENT || rc == -EPIPE;
  const ErrorKind refused = rc == -EBUSY ? ErrorKind::Conflict : ErrorKind::Refused;
  return {.kind = away ? ErrorKind::Unavailable : refused,
          .attempted = std::move(attempted),
          .subject = std::move(subject),
          .why = fmt::format("{} ({})", own ? sanlock_strerror(rc) : errno_text(-rc), rc)};
}

sanlk_lockspace lockspace_of(const SanlockOptions& options, int host_id) {
  sanlk_lockspace lockspace{};
  copy_name(lockspace.name, options.lockspace);
  lockspace.host_id = static_cast<std::uint64_t>(host_id);
  copy_name(lockspace.host_id_disk.path, options.device);
  lockspace.host_id_disk.offset = options.lockspace_offset;
  return lockspace;
}

// sanlk_resource ends in a flexible array of disks; ours has one.
struct OneDiskResource {
  alignas(
      sanlk_resource) std::array<std::byte, sizeof(sanlk_resource) + sizeof(sanlk_disk)> memory{};
  sanlk_resource* get() { return reinterpret_cast<sanlk_resource*>(memory.data()); }
};

OneDiskResource resource_at(const SanlockOptions& options, const std::string& name,
                            std::uint64_t offset) {
  OneDiskResource out;
  sanlk_resource& resource = *out.get();
  copy_name(resource.lockspace_name, options.lockspace);
  copy_name(resource.name, name);
  resource.num_disks = 1;
  auto* disk = reinterpret_cast<sanlk_disk*>(out.memory.data() + sizeof(sanlk_resource));
  copy_name(disk->path, options.device);
  disk->offset = offset;
  return out;
}

OneDiskResource spm_resource(const SanlockOptions& options) {
  return resource_at(options, options.spm_lease, options.spm_offset);
}

// Lets sanlock write a resource that nobody owns; with no names it is a place without a lease (vdsm
// lib/vdsm/storage/xlease.py).
Result<void> write_resource(const SanlockOptions& options, OneDiskResource resource,
                            const std::string& attempted, const VmId& vm) {
  const int rc = sanlock_write_resource(resource.get(), 0, 0, 0);
  if (rc < 0) return sanlock_error(rc, attempted, fmt::format("{}:{}", options.lockspace, vm));
  return success();
}

HostLiveness liveness_of(std::uint32_t flags) {
  switch (flags & SANLK_HOST_MASK) {
    case SANLK_HOST_FREE:
      return HostLiveness::Free;
    case SANLK_HOST_LIVE:
      return HostLiveness::Live;
    case SANLK_HOST_FAIL:
      return HostLiveness::Fail;
    case SANLK_HOST_DEAD:
      return HostLiveness::Dead;
    default:
      return HostLiveness::Unknown;
  }
}

// Of that registered connection, our own. Never of a QEMU by its pid: while sanlock answers such a
// question, libvirt's release of the VM's lease is refused (EBUSY), and its migration fails.
Result<std::string> state_text(int sock) {
  char* text = nullptr;
  int count = 0;
  const int rc = sanlock_inquire(sock, -1, 0, &count, &text);
  const Owned<char> owned(text);
  if (rc < 0) return sanlock_error(rc, "ask sanlock for the leases of", "this daemon");
  return std::string(text == nullptr ? "" : text);
}

}  // namespace

Result<SanlockOptions> sanlock_options(const LabConfig& lab, const HostPaths& paths) {
  SanlockOptions options{.lockspace = lab.storage.domain,
                         .device = paths.lun,
                         .lockspace_offset = lab.storage.lockspace_offset,
                         .io_timeout = std::chrono::duration_cast<std::chrono::seconds>(
                             lab.timing.sanlock_io_timeout)};
  const auto& leases = lab.storage.leases;
  const auto spm = std::find_if(leases.begin(), leases.end(), [&](const LeaseConfig& lease) {
    return lease.name == options.spm_lease;
  });
  if (spm == leases.end())
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "find the SPM lease",
                 .subject = options.spm_lease,
                 .why = "the storage domain has no such lease"};
  options.spm_offset = spm->offset;
  options.vm_leases = leases;
  return options;
}

SanlockLeases::SanlockLeases(SanlockOptions options) : options_(std::move(options)) {}

Result<void> SanlockLeases::begin_join(int host_id) {
  sanlk_lockspace lockspace = lockspace_of(options_, host_id);
  const int rc = sanlock_add_lockspace_timeout(
      &lockspace, SANLK_ADD_ASYNC, static_cast<std::uint32_t>(options_.io_timeout.count()));
  if (rc < 0 && rc != -EEXIST && rc != -EINPROGRESS)
    return sanlock_error(rc, "join the lockspace", options_.lockspace);
  return success();
}

Result<void> SanlockLeases::leave(int host_id) {
  sanlk_lockspace lockspace = lockspace_of(options_, host_id);
  // UNUSED: never at the price of a process that holds a lease.
  const int rc = sanlock_rem_lockspace(&lockspace, SANLK_REM_ASYNC | SANLK_REM_UNUSED);
  if (rc < 0 && rc != -ENOENT && rc != -EINPROGRESS)
    return sanlock_error(rc, "leave the lockspace", options_.lockspace);
  return success();
}

Result<LockspaceState> SanlockLeases::lockspace(int host_id) {
  sanlk_lockspace lockspace = lockspace_of(options_, host_id);
  const int rc = sanlock_inq_lockspace(&lockspace, 0);
  if (rc == 0) return LockspaceState::Joined;
  if (rc == -EINPROGRESS) return LockspaceState::Joining;
  if (rc == -ENOENT) return LockspaceState::Absent;
  return sanlock_error(rc, "ask sanlock for the lockspace", options_.lockspace);
}

Result<void> SanlockLeases::register_once() {
  if (connection_) return success();
  const int fd = sanlock_register();
  if (fd < 0) return sanlock_error(fd, "register with sanlock", "");
  connection_.reset(fd);
  return success();
}

Result<std::int64_t> SanlockLeases::acquire_spm() {
  const std::lock_guard lock(connection_mutex_);
  OneDiskResource resource = spm_resource(options_);
  sanlk_resource* list[] = {resource.get()};
  int rc = -EPIPE;
  // A daemon that closed the connection took no lease from us, because we held none: once more.
  for (int attempt = 0; attempt < 2 && rc == -EPIPE; ++attempt) {
    SPLITSITE_TRY_VOID(register_once());
    rc = sanlock_acquire(connection_.get(), -1, 0, 1, list, nullptr);
    if (rc == -EPIPE) connection_.reset();
  }
  if (rc < 0) return sanlock_error(rc, "acquire the SPM lease", options_.spm_lease);

  OneDiskResource on_storage = spm_resource(options_);
  const int read = sanlock_read_resource(on_storage.get(), 0);
  return read < 0 ? std::int64_t{0} : static_cast<std::int64_t>(on_storage.get()->lver);
}

Result<void> SanlockLeases::release_spm() {
  const std::lock_guard lock(connection_mutex_);
  if (!connection_) return success();
  OneDiskResource resource = spm_resource(options_);
  sanlk_resource* list[] = {resource.get()};
  const int rc = sanlock_release(connection_.get(), -1, 0, 1, list);
  if (rc < 0) return sanlock_error(rc, "release the SPM lease", options_.spm_lease);
  return success();
}

LeaseLook SanlockLeases::look_at_spm() {
  const std::lock_guard lock(connection_mutex_);
  if (!connection_) return LeaseLook::Lost;
  const auto state = state_text(connection_.get());
  // Busy is the only answer VDSM takes for temporary (SanlockInquireError.is_temporary).
  if (!state) {
    log_warning(state.error().message());  // it may end the daemon, whose last words then say why
    return state.error().kind == ErrorKind::Conflict ? LeaseLook::Unclear : LeaseLook::Lost;
  }
  const auto held = resources_in_state(state.value(), options_.lockspace);
  return std::count(held.begin(), held.end(), options_.spm_lease) > 0 ? LeaseLook::Held
                                                                      : LeaseLook::Lost;
}

Result<std::uint64_t> SanlockLeases::offset_of(const VmId& vm) const {
  for (const LeaseConfig& lease : options_.vm_leases) {
    if (lease.name == vm.str() && lease.name != options_.spm_lease) return lease.offset;
  }
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "find the place of the VM's lease",
               .subject = vm.str(),
               .why = "the storage domain has none for it"};
}

Result<void> SanlockLeases::create_lease(const VmId& vm) {
  SPLITSITE_TRY(const auto offset, offset_of(vm));
  OneDiskResource there = resource_at(options_, "", offset);
  const int rc = sanlock_read_resource(there.get(), 0);
  if (rc == 0 && vm.str() == there.get()->name) return success();
  return write_resource(options_, resource_at(options_, vm.str(), offset), "create the lease", vm);
}

Result<void> SanlockLeases::delete_lease(const VmId& vm) {
  SPLITSITE_TRY(const auto offset, offset_of(vm));
  OneDiskResource empty = resource_at(options_, "", offset);
  std::memset(empty.get()->lockspace_name, 0, sizeof empty.get()->lockspace_name);
  return write_resource(options_, empty, "delete the lease", vm);
}

Result<LeaseOnStorage> SanlockLeases::read_spm_lease() {
  OneDiskResource resource = spm_resource(options_);
  sanlk_host* hosts = nullptr;
  int count = 0;
  const int rc = sanlock_read_resource_owners(resource.get(), 0, &hosts, &count);
  const Owned<sanlk_host> owned(hosts);
  if (rc < 0) return sanlock_error(rc, "read the SPM lease", options_.spm_lease);
  if (count > 1)
    return Error{.kind = ErrorKind::Internal,
                 .attempted = "read the SPM lease",
                 .subject = options_.spm_lease,
                 .why = fmt::format("it has {} owners", count)};
  LeaseOnStorage lease{.version = resource.get()->lver};
  if (count == 1) lease.owner = LeaseOwner{hosts[0].host_id, hosts[0].generation};
  return lease;
}

Result<OwnerHost> SanlockLeases::owner_host(std::uint64_t host_id) {
  sanlk_host* hosts = nullptr;
  int count = 0;
  const int rc = sanlock_get_hosts(options_.lockspace.c_str(), host_id, &hosts, &count, 0);
  const Owned<sanlk_host> owned(hosts);
  if (rc == -EAGAIN) return OwnerHost(HostUndecided{});
  if (rc == -ENOENT) return OwnerHost(NoSuchLockspace{});
  if (rc < 0) return sanlock_error(rc, "ask sanlock for the host", fmt::format("{}", host_id));
  if (count == 0) return OwnerHost(HostUndecided{});
  return OwnerHost(HostOnStorage{hosts[0].generation, liveness_of(hosts[0].flags)});
}

}  // namespace splitsite::reference::hostd
