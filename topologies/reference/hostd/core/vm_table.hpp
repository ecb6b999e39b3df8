// All VMs of this host and the policies over them: who may be started, what a lost storage means
// for a paused one, what a look at libvirt after a blind time tells. Pure: the answers are values,
// and VmService acts on them.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "harness/core/result.hpp"
#include "harness/lab/description/lab_config.hpp"
#include "topologies/reference/hostd/core/timers.hpp"
#include "topologies/reference/hostd/core/vm_record.hpp"

namespace splitsite::reference::hostd {

// A domain as libvirt lists it.
struct DomainState {
  VmId vm;
  bool cpus_run = false;
  bool incoming = false;  // paused because its migration to here is under way
  bool paused_by_error = false;
  bool with_lease = false;
  std::optional<ResumeBehaviour> resume_behaviour = std::nullopt;  // none: it is not written there
};

class VmTable {
 public:
  VmTable(const LabConfig& lab, const Timers& timers) : lab_(lab), timers_(timers) {}

  // Errors: Invalid (the lab knows no such VM), Conflict (recorded already, a Down one too).
  Result<void> launch(const VmId& vm, bool with_lease, ResumeBehaviour behaviour);
  VmRecord* find(const VmId& vm);
  void forget(const VmId& vm) { records_.erase(vm); }
  std::vector<VmRecord> all() const;

  // Domains nobody told us about (an incoming migration, a hand-made start) are taken in.
  void apply(const DomainEvent& event, Instant now);

  // libvirt's full list after a blind time: running ones are adopted or corrected, and recorded
  // ones that are missing went down unseen. VMs in `starting` are left to their own call's result.
  void reconcile(const std::vector<DomainState>& domains, const std::vector<VmId>& starting,
                 Instant now);

  // VMs paused by an error for longer than the limit whose resume behaviour is KILL (2.5).
  std::vector<VmId> overdue(Instant now) const;
  // VMs paused by an I/O error before `valid_since`, when storage was seen good again: those to be
  // resumed, and those to be killed that have not waited too long (vm.py maybe_resume).
  std::vector<VmId> resumable(Instant valid_since, Instant now) const;

 private:
  VmRecord& adopt(const VmId& vm, bool with_lease);
  bool may_resume(const VmRecord& record, Instant now) const;
  bool past_limit(const VmRecord& record, Instant now) const;

  const LabConfig& lab_;
  Timers timers_;
  std::map<VmId, VmRecord> records_;
};

}  // namespace splitsite::reference::hostd
