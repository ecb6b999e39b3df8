#include "topologies/reference/manager/core/change.hpp"

#include <algorithm>

namespace splitsite::reference {
namespace {

constexpr std::size_t kKeptEvents = 2000;

// splitmix64: small, good enough for ties, and its whole state is one number.
std::uint64_t next_random(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

// What goes on with a host or VM belongs to the newest open job about it.
CommandContext context_of(const ClusterState& state, const About& about) {
  for (auto job = state.jobs.rbegin(); job != state.jobs.rend(); ++job) {
    const bool same = job->vm ? job->vm == about.vm : job->host && job->host == about.host;
    if (!job->ended && same) return job->context;
  }
  return {};
}

}  // namespace

std::uint64_t Change::order(const NodeId& to, rpc::Request request) {
  calls.push_back({.id = ++state.last_call, .host = to, .request = std::move(request)});
  return state.last_call;
}

void Change::audit(int code, Severity severity, std::string text, About about) {
  CommandContext whose = context ? *context : context_of(state, about);
  events.push_back({.index = ++state.last_event,
                    .code = code,
                    .severity = severity,
                    .description = std::move(text),
                    .host = std::move(about.host),
                    .vm = std::move(about.vm),
                    .at = now,
                    .correlation_id = std::move(whose.correlation_id),
                    .user = std::move(whose.user)});
  state.events.push_back(events.back());
  if (state.events.size() > kKeptEvents) state.events.pop_front();
}

void Change::audit_at_most_every(Duration interval, int code, Severity severity, std::string text,
                                 About about) {
  for (auto said = state.events.rbegin(); said != state.events.rend(); ++said) {
    if (now - said->at >= interval) break;
    if (said->code == code && said->host == about.host && said->vm == about.vm) return;
  }
  audit(code, severity, std::move(text), std::move(about));
}

std::size_t Change::draw(std::size_t bound) {
  return static_cast<std::size_t>(next_random(state.random) % bound);
}

void Change::set_status(HostState& changed, HostStatus status) {
  if (changed.status == status) return;
  changed.status = status;
  changed.status_since = now;
  if (status != HostStatus::NonOperational) changed.status_detail.clear();
  const bool out_of_use = changed.wants_maintenance || status == HostStatus::Maintenance ||
                          status == HostStatus::PreparingForMaintenance;
  if (!out_of_use) changed.maintenance_reason.clear();  // SetVdsStatusVDSCommand
}

bool is_up(const ClusterState& state, const NodeId& host) {
  const auto found = state.hosts.find(host);
  return found != state.hosts.end() && found->second.status == HostStatus::Up;
}

std::vector<VmState*> by_priority(ClusterState& state) {
  std::vector<VmState*> vms;
  for (auto& [name, vm] : state.vms) vms.push_back(&vm);
  std::stable_sort(vms.begin(), vms.end(),
                   [](const VmState* a, const VmState* b) { return a->priority > b->priority; });
  return vms;
}

}  // namespace splitsite::reference
