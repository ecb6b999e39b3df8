// A guest as libvirt is asked to run it: resolved from the lab's description, then written as
// domain XML. Pure. The XML carries as few devices as a guest needs, because every device costs
// boot time under nested virtualization, and the lease exactly as oVirt writes it (fact sheet 2.4):
// no on_lockfailure, so that sanlock kills the QEMU process which lost its lease.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/lab/description/lab_config.hpp"

namespace splitsite::reference::hostd {

enum class Acceleration {
  Kvm,
  Emulated,  // QEMU's TCG: only where /dev/kvm is missing, an order of magnitude slower
};

struct GuestLease {
  std::string lockspace;
  std::string key;
  std::string device;
  std::uint64_t offset = 0;  // bytes

  bool operator==(const GuestLease&) const = default;
};

struct GuestSpec {
  VmId vm;
  int memory_mib = 0;
  int vcpus = 1;
  std::string mac;
  std::string disk;      // block device of the VM's volume, the same name on every host
  std::string lab_disk;  // a file the guest reads as its second disk; empty: none
  std::string bridge;
  std::string kernel;
  std::string initramfs;
  std::string command_line;
  std::string console_log;
  Acceleration acceleration = Acceleration::Kvm;
  std::optional<GuestLease> lease;
  // Kept in the domain's metadata, as VDSM does: a daemon that starts again, or the host a VM moves
  // to, finds it there.
  ResumeBehaviour resume_behaviour = ResumeBehaviour::AutoResume;
};

// Where things are on a host node. The defaults are the node image's.
struct HostPaths {
  std::string lun = "/dev/mapper/splitsite-lun";
  std::string volume_prefix = "/dev/mapper/vol-";
  std::string bridge = "ovirtmgmt";
  std::string kernel = "/splitsite/guest/kernel";
  std::string initramfs = "/splitsite/guest/initramfs";
  std::string engine_initramfs = "/splitsite/guest/engine-initramfs";
  std::string lab = "/lab/lab.json";
  std::string console_dir = "/var/log/guests";
};

// The engine VM of a self-hosted engine is a guest like the others, with the Manager inside and the
// lab's description as a second disk. ErrorKind::Invalid if the lab has no such VM, no volume for
// it, or a lease is asked for a VM the storage has no lease of.
Result<GuestSpec> guest_spec(const LabConfig& lab, const VmId& vm, bool with_lease,
                             Acceleration acceleration, const HostPaths& paths = {});

// The lease device alone, as it is plugged into a running domain.
std::string lease_xml(const GuestLease& lease);

// What the metadata in a domain's XML says; none when it is not ours.
std::optional<ResumeBehaviour> resume_behaviour_in(const std::string& xml);

// The transient domain's XML, ending in a newline. Every value is escaped.
std::string guest_xml(const GuestSpec& spec);

}  // namespace splitsite::reference::hostd
