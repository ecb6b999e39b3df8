#include "topologies/reference/hostd/core/spm_inspect.hpp"

namespace splitsite::reference::hostd {

Result<SpmOwner> inspect_spm_lease(const LeaseOnStorage& lease, const OwnerHost& owner_host) {
  SpmOwner answer{.version = lease.version};
  if (!lease.owner) return answer;

  if (std::holds_alternative<NoSuchLockspace>(owner_host))
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "inspect the owner of the SPM lease",
                 .why = "this host has not joined the lockspace yet"};

  const int owner_id = static_cast<int>(lease.owner->host_id);
  if (std::holds_alternative<HostUndecided>(owner_host)) {
    // Undecidable counts as owned (BZ1613838): never two SPMs for want of an answer.
    answer.spm_id = owner_id;
    answer.owner_state = "UNKNOWN";
    return answer;
  }

  const auto& host = std::get<HostOnStorage>(owner_host);
  if (host.generation != lease.owner->generation) {
    // The owner joined again since it took the lease, and so has lost it.
    return answer;
  }
  answer.owner_state = to_string(host.liveness);
  const bool gone = host.liveness == HostLiveness::Dead || host.liveness == HostLiveness::Free;
  if (!gone) answer.spm_id = owner_id;
  return answer;
}

const char* to_string(HostLiveness liveness) {
  switch (liveness) {
    case HostLiveness::Unknown:
      return "UNKNOWN";
    case HostLiveness::Free:
      return "FREE";
    case HostLiveness::Live:
      return "LIVE";
    case HostLiveness::Fail:
      return "FAIL";
    case HostLiveness::Dead:
      return "DEAD";
  }
  return "UNKNOWN";
}

}  // namespace splitsite::reference::hostd
