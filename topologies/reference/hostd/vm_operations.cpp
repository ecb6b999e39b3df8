// The part of VmService that runs in threads of its own: calls which may block for minutes, and
// what their results mean for the table.
#include <fmt/format.h>

#include "topologies/reference/hostd/log.hpp"
#include "topologies/reference/hostd/vm_service.hpp"

namespace splitsite::reference::hostd {
namespace {

// The connection to libvirt broke under the call: only a look at the domains tells the outcome.
bool outcome_open(const Result<void>& result) {
  return !result && result.error().kind == ErrorKind::Unavailable;
}

}  // namespace

void VmService::start_thread(const GuestSpec& spec) {
  operations_.run([this, spec] { finish_start(spec, hypervisor_.create(spec)); });
}

void VmService::finish_start(const GuestSpec& spec, const Result<void>& result) {
  const VmId& vm = spec.vm;
  bool end_it = false;
  {
    const std::lock_guard lock(mutex_);
    starting_.erase(vm);
    VmRecord* record = table_.find(vm);
    if (record == nullptr) return;
    seen_.erase(vm);
    if (result)
      start_succeeded(*record, now());
    else if (!outcome_open(result))
      start_refused(*record, result.error().message());
    end_it = record->destroy_requested && is_running(*record);
    if (record->destroy_requested && !end_it) forget(vm);
    if (end_it) end_thread(vm, /*forget=*/true);
    changed_.notify_all();
  }
  if (result) {
    log_info(fmt::format("{} was started", vm));
    return;
  }
  log_warning(result.error().message());
  if (outcome_open(result)) hypervisor_.relist();
}

void VmService::end_thread(const VmId& vm, bool forget_it) {
  operations_.run([this, vm, forget_it] { finish_end(vm, forget_it, hypervisor_.destroy(vm)); });
}

void VmService::finish_end(const VmId& vm, bool forget_it, const Result<void>& result) {
  {
    const std::lock_guard lock(mutex_);
    VmRecord* record = table_.find(vm);
    if (record == nullptr) return;
    if (result && starting_.count(vm) > 0) return;  // the start's own end will see to it
    if (result) {
      table_.apply({vm, DomainEventKind::Stopped}, now());
      record->destroy_requested = false;
      if (forget_it) forget(vm);
    } else {
      record->destroy_requested = false;  // may be asked again
    }
    changed_.notify_all();
  }
  if (result) return;
  log_error(result.error().message());
  if (outcome_open(result)) hypervisor_.relist();
}

void VmService::migrate_thread(const VmId& vm, const NodeConfig& destination) {
  operations_.run([this, vm, destination] {
    log_info(fmt::format("migrate {} to {}", vm, destination.name));
    const auto result = hypervisor_.migrate(vm, destination);
    {
      const std::lock_guard lock(mutex_);
      busy_.erase(vm);
      if (VmRecord* record = table_.find(vm)) {
        if (result)
          migration_succeeded(*record);
        else
          migration_failed(*record, result.error().message());
      }
      changed_.notify_all();
    }
    if (result)
      log_info(fmt::format("{} runs on {}", vm, destination.name));
    else
      log_warning(result.error().message());
    if (outcome_open(result)) hypervisor_.relist();
  });
}

void VmService::cancel_thread(const VmId& vm, std::shared_ptr<std::optional<bool>> done) {
  operations_.run([this, vm, done = std::move(done)] {
    const auto result = hypervisor_.abort_migration(vm);
    {
      const std::lock_guard lock(mutex_);
      done->emplace(result.has_value());
      changed_.notify_all();
    }
    if (!result) log_warning(result.error().message());
  });
}

void VmService::plug_thread(const GuestSpec& spec, bool plug,
                            std::shared_ptr<std::optional<bool>> done) {
  operations_.run([this, spec, plug, done = std::move(done)] {
    const auto result = plug ? hypervisor_.plug_lease(spec) : hypervisor_.unplug_lease(spec);
    {
      const std::lock_guard lock(mutex_);
      busy_.erase(spec.vm);
      VmRecord* record = table_.find(spec.vm);
      if (result && record != nullptr) record->with_lease = plug;
      done->emplace(result.has_value());
      changed_.notify_all();
    }
    if (!result) log_warning(result.error().message());
  });
}

void VmService::resume_thread(const VmId& vm) {
  operations_.run([this, vm] {
    const auto result = hypervisor_.resume(vm);
    {
      const std::lock_guard lock(mutex_);
      busy_.erase(vm);
      VmRecord* record = table_.find(vm);
      if (result) table_.apply({vm, DomainEventKind::Resumed}, now());
      if (!result && record != nullptr && !outcome_open(result)) resume_failed(*record);
      changed_.notify_all();
    }
    if (!result) log_warning(result.error().message());
  });
}

}  // namespace splitsite::reference::hostd
