#include "topologies/reference/manager/simulation/lockspace.hpp"

namespace splitsite::reference {

bool SimulatedLockspace::is_dead(int host_id, Instant now) const {
  const auto found = ids_.find(host_id);
  if (found == ids_.end() || !found->second.used) return true;
  return now - found->second.renewed >= timing_.host_dead_after();
}

bool SimulatedLockspace::is_live(int host_id, Instant now) const {
  const auto found = ids_.find(host_id);
  return found != ids_.end() && found->second.used &&
         now - found->second.renewed < timing_.lease_lost_after();
}

bool SimulatedLockspace::can_join(int host_id, Instant now) const { return is_dead(host_id, now); }

void SimulatedLockspace::join(int host_id, Instant now) {
  HostId& id = ids_[host_id];
  id = {.used = true, .renewed = now, .generation = id.generation + 1};
}

void SimulatedLockspace::leave(int host_id) { ids_[host_id].used = false; }

void SimulatedLockspace::renew(int host_id, Instant now) {
  HostId& id = ids_[host_id];
  if (now - id.renewed >= timing_.renewal_interval()) id.renewed = now;
}

bool SimulatedLockspace::is_expired(int host_id, Instant now) const {
  return now - ids_.at(host_id).renewed >= timing_.lease_lost_after();
}

SimulatedLockspace::Answer SimulatedLockspace::acquire(const std::string& name, int host_id,
                                                       Instant now) {
  Lease& lease = leases_[name];
  const bool mine = lease.owner == host_id;
  if (!mine && owner(name, now) != -1) {
    const Duration silent = now - ids_.at(lease.owner).renewed;
    return silent <= timing_.renewal_interval() ? Answer::HeldByLiveHost : Answer::Wait;
  }
  lease = {.owner = host_id, .generation = ids_.at(host_id).generation};
  return Answer::Acquired;
}

void SimulatedLockspace::release(const std::string& name, int host_id) {
  if (leases_[name].owner == host_id) leases_[name].owner = 0;
}

void SimulatedLockspace::hand_over(const std::string& name, int to) {
  leases_[name] = {.owner = to, .generation = ids_.at(to).generation};
}

int SimulatedLockspace::owner(const std::string& name, Instant now) const {
  const auto found = leases_.find(name);
  if (found == leases_.end() || found->second.owner == 0) return -1;
  const Lease& lease = found->second;
  const bool older = ids_.at(lease.owner).generation != lease.generation;
  return older || is_dead(lease.owner, now) ? -1 : lease.owner;
}

}  // namespace splitsite::reference
