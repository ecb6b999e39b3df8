#include "topologies/reference/hostd/core/vm_table.hpp"

#include <algorithm>

namespace splitsite::reference::hostd {

using rpc::ExitReason;
using rpc::VmPhase;

namespace {

constexpr int kError = 1;

bool contains(const std::vector<VmId>& vms, const VmId& vm) {
  return std::find(vms.begin(), vms.end(), vm) != vms.end();
}

bool paused_by_io(const VmRecord& record) {
  return record.status == VmPhase::Paused &&
         (record.pause_code == PauseCode::Eio || record.pause_code == PauseCode::Eother);
}

// The engine VM of a self-hosted engine is a guest like the others.
const VmConfig* config_of(const LabConfig& lab, const VmId& vm) {
  const bool is_engine = lab.hosted_engine && lab.hosted_engine->vm.name == vm;
  return is_engine ? &lab.hosted_engine->vm : lab.find_vm(vm);
}

// What a listed domain means for a record that may be behind the times.
void correct(VmRecord& record, const DomainState& domain, Instant now) {
  const VmId& vm = record.vm;
  if (domain.incoming) {
    // libvirt calls both ends of a migration that: the end we sent it from knows better.
    if (record.status == VmPhase::MigrationSource) return;
    if (record.status != VmPhase::MigrationDestination)
      apply(record, {vm, DomainEventKind::StartedByMigration}, now);
    return;
  }
  if (record.status == VmPhase::Down) apply(record, {vm, DomainEventKind::Started}, now);
  if (domain.resume_behaviour) {  // its XML could be read
    record.with_lease = domain.with_lease;
    record.resume_behaviour = *domain.resume_behaviour;
  }
  if (domain.cpus_run)
    apply(record, {vm, DomainEventKind::Resumed}, now);
  else if (domain.paused_by_error)
    apply(record, {vm, DomainEventKind::PausedByIoError}, now);
  else
    apply(record, {vm, DomainEventKind::Paused}, now);
}

}  // namespace

Result<void> VmTable::launch(const VmId& vm, bool with_lease, ResumeBehaviour behaviour) {
  if (config_of(lab_, vm) == nullptr)
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "create the VM",
                 .subject = vm.str(),
                 .why = "the lab has no such VM"};
  if (find(vm) != nullptr)
    return Error{.kind = ErrorKind::Conflict,
                 .attempted = "create the VM",
                 .subject = vm.str(),
                 .why = "Virtual machine already exists",
                 .hint = "one that is Down stays listed until VM.destroy"};
  adopt(vm, with_lease).resume_behaviour = behaviour;
  return success();
}

VmRecord* VmTable::find(const VmId& vm) {
  const auto found = records_.find(vm);
  return found == records_.end() ? nullptr : &found->second;
}

std::vector<VmRecord> VmTable::all() const {
  std::vector<VmRecord> out;
  out.reserve(records_.size());
  for (const auto& [vm, record] : records_) out.push_back(record);
  return out;
}

void VmTable::apply(const DomainEvent& event, Instant now) {
  VmRecord* record = find(event.vm);
  if (record == nullptr) {
    const bool begins =
        event.kind == DomainEventKind::Started || event.kind == DomainEventKind::StartedByMigration;
    if (!begins) return;
    const VmConfig* config = config_of(lab_, event.vm);
    record = &adopt(event.vm, config != nullptr && config->lease);
  }
  hostd::apply(*record, event, now);
}

void VmTable::reconcile(const std::vector<DomainState>& domains, const std::vector<VmId>& starting,
                        Instant now) {
  for (const DomainState& domain : domains) {
    if (contains(starting, domain.vm)) continue;
    VmRecord* record = find(domain.vm);
    if (record == nullptr) {
      record = &adopt(domain.vm, domain.with_lease);
      hostd::apply(*record, {domain.vm, DomainEventKind::Started}, now);
      record->status = VmPhase::Up;  // it was there before us: nobody waits for its boot
    }
    correct(*record, domain, now);
  }
  for (auto& [vm, record] : records_) {
    const bool listed = std::any_of(domains.begin(), domains.end(),
                                    [&](const DomainState& domain) { return domain.vm == vm; });
    if (listed || contains(starting, vm) || !is_running(record)) continue;
    if (record.shutdown_reason)
      hostd::apply(record, {vm, DomainEventKind::Stopped}, now);
    else
      went_down(record, kError, ExitReason::LibvirtDomainMissing);
  }
}

std::vector<VmId> VmTable::overdue(Instant now) const {
  std::vector<VmId> out;
  for (const auto& [vm, record] : records_)
    if (paused_by_io(record) && past_limit(record, now)) out.push_back(vm);
  return out;
}

std::vector<VmId> VmTable::resumable(Instant valid_since, Instant now) const {
  std::vector<VmId> out;
  for (const auto& [vm, record] : records_)
    if (paused_by_io(record) && may_resume(record, now) && record.paused_at &&
        *record.paused_at < valid_since)
      out.push_back(vm);
  return out;
}

VmRecord& VmTable::adopt(const VmId& vm, bool with_lease) {
  const VmConfig* config = config_of(lab_, vm);
  VmRecord record{.vm = vm, .with_lease = with_lease};
  if (config != nullptr) record.resume_behaviour = config->storage_error_resume_behaviour;
  return records_[vm] = record;
}

bool VmTable::may_resume(const VmRecord& record, Instant now) const {
  return record.resume_behaviour != ResumeBehaviour::LeavePaused && !record.resume_refused &&
         !past_limit(record, now);
}

bool VmTable::past_limit(const VmRecord& record, Instant now) const {
  return record.resume_behaviour == ResumeBehaviour::Kill && record.paused_at &&
         now - *record.paused_at > timers_.pause_limit;
}

}  // namespace splitsite::reference::hostd
