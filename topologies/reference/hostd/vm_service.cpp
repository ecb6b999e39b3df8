#include "topologies/reference/hostd/vm_service.hpp"

#include <fmt/format.h>

#include "topologies/reference/hostd/log.hpp"

namespace splitsite::reference::hostd {

using rpc::Code;
using rpc::VmPhase;

namespace {

// A process that just ended is libvirt's to explain; after this many looks we say it ourselves.
constexpr int kLooksBeforeGone = 3;
// VM.destroy answers within this time, whether QEMU is gone or not.
constexpr std::chrono::seconds kDestroyWait{10};
constexpr std::chrono::seconds kPlugWait{15};
constexpr std::chrono::seconds kCancelWait{15};

rpc::Reply refused(Code code, std::string message) {
  return rpc::Error{.code = static_cast<int>(code), .message = std::move(message)};
}

rpc::Reply no_such_vm(const VmId& vm) {
  return refused(Code::NoSuchVm, fmt::format("Virtual machine does not exist: {}", vm));
}

// libvirt can be asked for this VM: its QEMU is up and not on its way in, out or down.
bool can_migrate(VmPhase status) {
  return status == VmPhase::Up || status == VmPhase::PoweringUp ||
         status == VmPhase::RebootInProgress;
}

rpc::VmReport report_of(const VmRecord& record) {
  rpc::VmReport report{.vm = record.vm, .status = record.status};
  if (record.status == VmPhase::Paused) report.pause_code = to_string(record.pause_code);
  if (record.status != VmPhase::Down) return report;
  report.exit_code = record.exit_code;
  report.exit_reason = static_cast<int>(record.exit_reason);
  report.exit_message =
      record.exit_text.empty() ? exit_message(record.exit_reason) : record.exit_text;
  return report;
}

}  // namespace

VmService::VmService(const HostSettings& settings, Hypervisor& hypervisor, Clock& clock)
    : settings_(settings),
      hypervisor_(hypervisor),
      clock_(clock),
      table_(settings.lab, settings.timers) {}

rpc::Reply VmService::create(const rpc::CreateVm& request) {
  auto spec = guest_spec(settings_.lab, request.vm, request.with_lease, settings_.acceleration,
                         settings_.paths);
  if (!spec) return refused(Code::CannotCreateVm, spec.error().message());
  {
    const std::lock_guard lock(mutex_);
    if (table_.find(request.vm) != nullptr)
      return refused(Code::VmExists, "Virtual machine already exists");
    auto launched = table_.launch(request.vm, request.with_lease, request.resume_behaviour);
    if (!launched) return refused(Code::CannotCreateVm, launched.error().message());
    starting_.insert(request.vm);
  }
  log_info(fmt::format("create {} {}", request.vm,
                       request.with_lease ? "with its lease" : "WITHOUT a lease"));
  spec.value().resume_behaviour = request.resume_behaviour;
  start_thread(spec.value());
  return rpc::Done{};
}

rpc::Reply VmService::shutdown(const rpc::ShutdownVm& request) {
  const VmId vm = request.vm;
  {
    const std::lock_guard lock(mutex_);
    VmRecord* record = table_.find(vm);
    if (record == nullptr) return no_such_vm(vm);
    if (!can_migrate(record->status) && record->status != VmPhase::PoweringDown)
      return refused(Code::VmIsDown, fmt::format("{} is {}", vm, to_string(record->status)));
    shutdown_asked(*record, now());
  }
  operations_.run([this, vm] {
    const auto pressed = hypervisor_.shutdown(vm);
    if (pressed) return;
    log_warning(pressed.error().message());
    const std::lock_guard lock(mutex_);
    if (VmRecord* record = table_.find(vm)) shutdown_refused(*record);
  });
  return rpc::Done{};
}

rpc::Reply VmService::reboot(const rpc::RebootVm& request) {
  const VmId vm = request.vm;
  {
    const std::lock_guard lock(mutex_);
    VmRecord* record = table_.find(vm);
    if (record == nullptr) return no_such_vm(vm);
    if (!can_migrate(record->status))
      return refused(Code::VmIsDown, fmt::format("{} is {}", vm, to_string(record->status)));
    reboot_asked(*record, now());
  }
  operations_.run([this, vm] {
    const auto rebooted = hypervisor_.reboot(vm);
    if (rebooted) return log_info(fmt::format("{} was rebooted", vm));
    log_warning(rebooted.error().message());
    const std::lock_guard lock(mutex_);
    if (VmRecord* record = table_.find(vm)) reboot_refused(*record);
  });
  return rpc::Done{};
}

rpc::Reply VmService::destroy(const rpc::DestroyVm& request) {
  const VmId vm = request.vm;
  {
    const std::lock_guard lock(mutex_);
    VmRecord* record = table_.find(vm);
    if (record == nullptr) return no_such_vm(vm);
    if (!is_running(*record)) {
      forget(vm);
      return rpc::Done{};
    }
    const bool running_already = record->destroy_requested;
    destroy_asked(*record, rpc::ExitReason::AdminShutdown);
    if (!running_already) end_thread(vm, /*forget=*/true);
  }
  log_info(fmt::format("destroy {}", vm));
  std::unique_lock lock(mutex_);
  const bool gone = changed_.wait_for(lock, kDestroyWait, [&] {
    const VmRecord* record = table_.find(vm);
    return record == nullptr || !record->destroy_requested;
  });
  if (gone && table_.find(vm) == nullptr) return rpc::Done{};
  return refused(Code::VmDestroyFailed, fmt::format("{} has not ended yet", vm));
}

rpc::Reply VmService::resume(const rpc::ContinueVm& request) {
  const std::lock_guard lock(mutex_);
  const VmRecord* record = table_.find(request.vm);
  if (record == nullptr) return no_such_vm(request.vm);
  if (record->status != VmPhase::Paused)
    return refused(Code::Unexpected,
                   fmt::format("{} is {}, not paused", request.vm, to_string(record->status)));
  if (busy_.insert(request.vm).second) resume_thread(request.vm);
  return rpc::Done{};
}

rpc::Reply VmService::migrate(const rpc::MigrateVm& request) {
  const NodeConfig* destination = settings_.lab.find_node(NodeId(request.destination));
  if (destination == nullptr || destination->role != NodeRole::Host ||
      destination->name == settings_.node)
    return refused(Code::MigrationError,
                   fmt::format("{} is no other host of this lab", request.destination));
  const std::lock_guard lock(mutex_);
  VmRecord* record = table_.find(request.vm);
  if (record == nullptr) return no_such_vm(request.vm);
  if (record->status == VmPhase::MigrationSource)
    return refused(Code::MigrationInProgress, "Migration already in progress");
  if (!is_running(*record)) return refused(Code::VmIsDown, "Virtual machine is down");
  if (!can_migrate(record->status) || !busy_.insert(request.vm).second)
    return refused(Code::MigrationError,
                   fmt::format("{} is {}", request.vm, to_string(record->status)));
  migration_began(*record, request.destination);
  migrate_thread(request.vm, *destination);
  return rpc::Done{};
}

rpc::Reply VmService::cancel_migration(const rpc::CancelMigration& request) {
  std::unique_lock lock(mutex_);
  const VmRecord* record = table_.find(request.vm);
  if (record == nullptr) return no_such_vm(request.vm);
  if (record->status != VmPhase::MigrationSource)
    return refused(Code::MigrationCancelFailed, "Migration not in progress");
  const auto done = std::make_shared<std::optional<bool>>();
  cancel_thread(request.vm, done);
  const bool answered = changed_.wait_for(lock, kCancelWait, [&] { return done->has_value(); });
  if (answered && **done) return rpc::Done{};
  return refused(Code::MigrationCancelFailed,
                 fmt::format("the migration of {} could not be ended", request.vm));
}

rpc::Reply VmService::plug_lease(const VmId& vm, bool plug) {
  const auto spec =
      guest_spec(settings_.lab, vm, /*with_lease=*/true, settings_.acceleration, settings_.paths);
  if (!spec) return refused(Code::AcquireLock, spec.error().message());
  std::unique_lock lock(mutex_);
  const VmRecord* record = table_.find(vm);
  if (record == nullptr) return no_such_vm(vm);
  if (!can_migrate(record->status) || !busy_.insert(vm).second)
    return refused(Code::AcquireLock, fmt::format("{} is {}", vm, to_string(record->status)));
  const auto done = std::make_shared<std::optional<bool>>();
  plug_thread(spec.value(), plug, done);
  const bool answered = changed_.wait_for(lock, kPlugWait, [&] { return done->has_value(); });
  if (answered && **done) return rpc::Done{};
  return refused(plug ? Code::AcquireLock : Code::ReleaseLock,
                 fmt::format("the lease of {} was not {}", vm, plug ? "taken" : "given up"));
}

std::vector<rpc::VmReport> VmService::reports() {
  const std::lock_guard lock(mutex_);
  std::vector<rpc::VmReport> out;
  for (const VmRecord& record : table_.all()) {
    rpc::VmReport& report = out.emplace_back(report_of(record));
    const auto seen = seen_.find(record.vm);
    if (seen == seen_.end() || !is_running(record)) continue;
    report.pid = seen->second.pid;
  }
  return out;
}

bool VmService::recovered() {
  const std::lock_guard lock(mutex_);
  return recovered_;
}

void VmService::refresh() {
  std::vector<VmRecord> records;
  {
    const std::lock_guard lock(mutex_);
    records = table_.all();
  }
  for (const VmRecord& record : records)
    if (is_running(record)) look_at(record);
}

void VmService::look_at(const VmRecord& record) {
  const VmId& vm = record.vm;
  const int pid = hypervisor_.qemu_pid(vm).value_or(0);
  const bool answers = record.status == VmPhase::PoweringUp && hypervisor_.guest_answers(vm);

  const std::lock_guard lock(mutex_);
  VmRecord* current = table_.find(vm);
  if (current == nullptr) return;
  Seen& seen = seen_[vm];
  // libvirt itself is the witness unless we have seen the process before, and see it no more.
  const bool vanished = pid == 0 && seen.pid != 0 && starting_.count(vm) == 0 &&
                        current->status != VmPhase::MigrationSource &&
                        current->status != VmPhase::MigrationDestination;
  if (vanished && ++seen.looks_without_process >= kLooksBeforeGone) {
    log_warning(fmt::format("{}: QEMU process {} is gone, libvirt says nothing", vm, seen.pid));
    table_.apply({vm, DomainEventKind::ProcessGone}, now());
    return;
  }
  if (pid != 0) seen.pid = pid;
  if (!vanished) seen.looks_without_process = 0;
  age(*current, now(), settings_.timers.guest_wait, answers);
}

void VmService::end_overdue() {
  const std::lock_guard lock(mutex_);
  for (const VmId& vm : table_.overdue(now())) {
    VmRecord* record = table_.find(vm);
    if (record->destroy_requested) continue;
    log_warning(fmt::format("{} has been paused by an I/O error for too long, it is ended", vm));
    destroy_asked(*record, rpc::ExitReason::DestroyedOnPauseTimeout);
    end_thread(vm, /*forget=*/false);
  }
}

void VmService::resume_paused_before(Instant valid_since, bool lockspace_joined) {
  const std::lock_guard lock(mutex_);
  for (const VmId& vm : table_.resumable(valid_since, now())) {
    const VmRecord& record = *table_.find(vm);
    if (record.with_lease && !lockspace_joined) continue;
    if (record.destroy_requested || !busy_.insert(vm).second) continue;
    log_info(fmt::format("{}: storage is back, the VM goes on", vm));
    resume_thread(vm);
  }
}

void VmService::on_event(const DomainEvent& event) {
  const std::lock_guard lock(mutex_);
  table_.apply(event, now());
  // What moved in brings its lease and its resume behaviour in its XML.
  if (event.kind == DomainEventKind::StartedByMigration) hypervisor_.relist();
  if (const VmRecord* record = table_.find(event.vm))
    log_info(fmt::format("{} is {}", event.vm, to_string(record->status)));
  changed_.notify_all();
}

void VmService::on_connected(const std::vector<DomainState>& domains) {
  const std::lock_guard lock(mutex_);
  table_.reconcile(domains, {starting_.begin(), starting_.end()}, now());
  log_info(fmt::format("libvirt is there, {} domains", domains.size()));
  recovered_ = true;
  changed_.notify_all();
}

void VmService::on_disconnected(const std::string& why) {
  log_warning(fmt::format("libvirt is gone: {}", why));
}

void VmService::forget(const VmId& vm) {
  table_.forget(vm);
  seen_.erase(vm);
  changed_.notify_all();
}

}  // namespace splitsite::reference::hostd
