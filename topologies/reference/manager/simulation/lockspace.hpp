// sanlock's rules over one shared disk, in virtual time: who may own a lease when (fact 2.6).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "harness/lab/description/lab_config.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::reference {

class SimulatedLockspace {
 public:
  explicit SimulatedLockspace(const TimingConfig& timing) : timing_(timing) {}

  // A host id whose last owner did not leave cleanly can be joined when others see it dead.
  bool can_join(int host_id, Instant now) const;
  void join(int host_id, Instant now);
  void leave(int host_id);  // cleanly: its leases are free at once
  void renew(int host_id, Instant now);
  // The host has to have given everything up by itself: 8 × io_timeout after the last renewal.
  bool is_expired(int host_id, Instant now) const;

  enum class Answer { Acquired, HeldByLiveHost, Wait };
  Answer acquire(const std::string& lease, int host_id, Instant now);
  void release(const std::string& lease, int host_id);
  void hand_over(const std::string& lease, int to);  // live migration
  // VDSM's inspection (fact 1.3): the owner's host id, or -1 when the lease can be taken.
  int owner(const std::string& lease, Instant now) const;
  // Renewed within the time after which it would have given everything up: sanlock's LIVE.
  bool is_live(int host_id, Instant now) const;

 private:
  struct HostId {
    bool used = false;  // joined and not left cleanly
    Instant renewed{};
    std::uint64_t generation = 0;
  };
  struct Lease {
    int owner = 0;  // 0: nobody
    std::uint64_t generation = 0;
  };
  bool is_dead(int host_id, Instant now) const;

  const TimingConfig timing_;
  std::map<int, HostId> ids_;
  std::map<std::string, Lease> leases_;
};

}  // namespace splitsite::reference
