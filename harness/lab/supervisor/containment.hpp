// What a lab lives in: namespaces of its own, in which the machine's network, process table, /run
// and libvirt directories are private. Called by the supervisor's child only, in this order;
// nothing here can be seen or felt outside, and all of it ends with the last process inside.
#pragma once

#include <string>
#include <vector>

#include "harness/core/result.hpp"

namespace splitsite::supervisor {

struct ContainmentPlan {
  std::string lab_directory;         // absolute; must lie outside of what is replaced
  std::vector<std::string> bridges;  // the lab's networks
  std::string address;               // of the machine: "10.77.0.3/24"
  std::string address_bridge;        // the network it has it on
  bool hide_kvm = false;             // /dev/kvm is there but cannot boot a kernel
  std::string power_controller;      // the program; empty: no host has power management
};

// Leaves the machine's mount, network, IPC and UTS namespaces. The PID namespace is the fork's.
Result<void> enter_namespaces();

// Private tmpfs on /run; <lab>/libvirt/{lib,cache,log,etc} over libvirt's directories; /proc and
// /sys of the new namespaces; /dev/kvm hidden when it would only mislead libvirt.
Result<void> mount_private(const ContainmentPlan& plan);

// Loopback, one bridge per network, the machine's own address.
Result<void> make_networks(const ContainmentPlan& plan);

}  // namespace splitsite::supervisor
