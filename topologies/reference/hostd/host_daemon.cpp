#include "topologies/reference/hostd/host_daemon.hpp"

#include <utility>
#include <variant>

namespace splitsite::reference::hostd {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

rpc::StorageReport report_of(const StorageView& view, bool connected, bool joined) {
  rpc::StorageReport report{.connected = connected && view.lun_visible,
                            .lun_visible = view.lun_visible,
                            .lun_error = view.lun_error,
                            .lockspace_joined = joined};
  if (view.age)
    report.last_check = std::chrono::duration_cast<std::chrono::milliseconds>(*view.age);
  if (view.delay) report.delay = std::chrono::duration_cast<std::chrono::milliseconds>(*view.delay);
  return report;
}

// Verbs that make no sense before the VMs which outlived the last daemon are known.
bool needs_vms(const rpc::Request& request) {
  return !std::holds_alternative<rpc::ConnectPool>(request) &&
         !std::holds_alternative<rpc::DisconnectPool>(request) &&
         !std::holds_alternative<rpc::GetSpmStatus>(request) &&
         !std::holds_alternative<rpc::FenceNode>(request) &&
         !std::holds_alternative<rpc::SetHaMaintenance>(request);
}

// A daemon that hangs could not restart itself: the restart service does.
rpc::Reply not_ours() {
  return rpc::Error{.code = static_cast<int>(rpc::Code::NotImplemented),
                    .message = "the restart service answers this, on a port of its own"};
}

}  // namespace

HostDaemon::HostDaemon(const HostSettings& settings, const Ports& ports, Clock& clock,
                       std::function<void(std::string)> end_daemon)
    : settings_(settings),
      machine_(ports.machine),
      ha_agent_(ports.ha_agent),
      vms_(settings_, ports.hypervisor, clock),
      spm_(settings_.timers, ports.leases, std::move(end_daemon)),
      storage_(settings_.timers, ports.lun, clock,
               [this](Instant since) { vms_.resume_paused_before(since, spm_.joined()); }),
      fencing_(settings_.lab.storage.domain, ports.leases, ports.fence_agents),
      refresh_(settings_.timers.refresh, [this] { vms_.refresh(); }),
      lockspace_(settings_.timers.refresh, [this] { spm_.keep_joined(); }),
      storage_check_(settings_.timers.storage_check, [this] { storage_.check(); }),
      pause_check_(settings_.timers.pause_check, [this] { vms_.end_overdue(); }),
      spm_watchdog_(settings_.timers.spm_watchdog, [this] { spm_.watch_lease(); }) {
  ports.hypervisor.watch(vms_);
}

rpc::Reply HostDaemon::handle(const rpc::Request& request) {
  if (needs_vms(request) && !vms_.recovered())
    return rpc::Error{.code = static_cast<int>(rpc::Code::Recovering),
                      .message = "Recovering from crash or Initializing"};
  return std::visit(Overloaded{
                        [&](const rpc::GetStats&) { return stats(); },
                        [&](const rpc::ConnectPool& r) { return spm_.connect(r); },
                        [&](const rpc::DisconnectPool&) { return spm_.disconnect(); },
                        [&](const rpc::GetSpmStatus&) { return spm_.status(); },
                        [&](const rpc::StartSpm& r) { return spm_.start(r); },
                        [&](const rpc::StopSpm&) { return spm_.stop(); },
                        [&](const rpc::CreateVm& r) { return vms_.create(r); },
                        [&](const rpc::ShutdownVm& r) { return vms_.shutdown(r); },
                        [&](const rpc::DestroyVm& r) { return vms_.destroy(r); },
                        [&](const rpc::ContinueVm& r) { return vms_.resume(r); },
                        [&](const rpc::MigrateVm& r) { return vms_.migrate(r); },
                        [&](const rpc::CreateLease& r) { return spm_.create_lease(r); },
                        [&](const rpc::DeleteLease& r) { return spm_.delete_lease(r); },
                        [&](const rpc::PlugLease& r) { return vms_.plug_lease(r.vm, true); },
                        [&](const rpc::UnplugLease& r) { return vms_.plug_lease(r.vm, false); },
                        [&](const rpc::FenceNode& r) { return fencing_.fence(r); },
                        [&](const rpc::RestartDaemon&) { return not_ours(); },
                        [&](const rpc::SetHaMaintenance& r) { return set_ha_maintenance(r); },
                        [&](const rpc::RebootVm& r) { return vms_.reboot(r); },
                        [&](const rpc::CancelMigration& r) { return vms_.cancel_migration(r); },
                    },
                    request);
}

rpc::Reply HostDaemon::stats() {
  const MachineFacts facts = machine_.facts();
  return rpc::HostStats{.hostname = settings_.node.str(),
                        .boot_id = facts.boot_id,
                        .uptime = facts.uptime,
                        .storage = report_of(storage_.view(), spm_.connected(), spm_.joined()),
                        .spm = spm_.stats(),
                        .vms = vms_.reports(),
                        .mem_free_mib = facts.memory_free_mib,
                        .mem_total_mib = facts.memory_total_mib,
                        .cpu_load = facts.cpu_load,
                        .ha = ha_agent_.stats()};
}

rpc::Reply HostDaemon::set_ha_maintenance(const rpc::SetHaMaintenance& request) {
  const auto set = ha_agent_.set_local_maintenance(request.enabled);
  if (set) return rpc::Done{};
  const bool absent = set.error().kind == ErrorKind::Unavailable;
  return rpc::Error{
      .code = static_cast<int>(absent ? rpc::Code::ResourceUnavailable : rpc::Code::HaPolicy),
      .message = set.error().message()};
}

}  // namespace splitsite::reference::hostd
