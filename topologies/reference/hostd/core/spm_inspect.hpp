// Who owns the SPM lease, as a candidate host answers the Manager: the rules of VDSM's
// clusterlock.inspect (fact sheet 1.3). Pure decision over what sanlock read from storage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "harness/core/result.hpp"

namespace splitsite::reference::hostd {

enum class HostLiveness { Unknown, Free, Live, Fail, Dead };  // sanlock's host flags
const char* to_string(HostLiveness liveness);

struct LeaseOwner {
  std::uint64_t host_id = 0;
  std::uint64_t generation = 0;
};

// What the resource's own area on storage says.
struct LeaseOnStorage {
  std::uint64_t version = 0;  // sanlock's lver
  std::optional<LeaseOwner> owner;
};

struct HostOnStorage {
  std::uint64_t generation = 0;
  HostLiveness liveness = HostLiveness::Unknown;
};
struct HostUndecided {};    // EAGAIN: not observed for long enough
struct NoSuchLockspace {};  // ENOENT: this host has not joined yet
using OwnerHost = std::variant<HostOnStorage, HostUndecided, NoSuchLockspace>;

struct SpmOwner {
  int spm_id = -1;  // -1: the lease can be taken
  std::uint64_t version = 0;
  // sanlock's word for the owner: "FREE", "LIVE", "FAIL", "DEAD", "UNKNOWN". "FREE" as well when
  // there is no owner, or it has joined again since and so holds the lease no more.
  std::string owner_state = "FREE";
};

// `owner_host` is what sanlock knows about the owner's host id; ignored when there is no owner.
// ErrorKind::Unavailable, to be asked again, when this host is not in the lockspace.
Result<SpmOwner> inspect_spm_lease(const LeaseOnStorage& lease, const OwnerHost& owner_host);

}  // namespace splitsite::reference::hostd
