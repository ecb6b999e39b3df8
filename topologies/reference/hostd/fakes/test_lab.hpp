// A lab of two hosts and two VMs, for tests: "vm-1" highly available with a lease, "vm-5" neither.
#pragma once

#include "harness/lab/description/lab_config.hpp"
#include "topologies/reference/hostd/core/timers.hpp"

namespace splitsite::reference::hostd {

inline NodeConfig test_host(const char* name, const char* address, int host_id) {
  return {.name = NodeId(name),
          .role = NodeRole::Host,
          .site = SiteId("a"),
          .host_id = host_id,
          .nics = {{.device = "eth0", .network = "site-a", .address = address}}};
}

inline LabConfig test_lab() {
  LabConfig lab{.name = "test"};
  lab.nodes = {test_host("host-a1", "10.77.0.11/24", 1), test_host("host-b1", "10.77.0.21/24", 3)};
  lab.storage.domain = "stretch";
  lab.storage.leases = {{"SDM", 2 << 20}, {"vm-1", 3 << 20}, {"vm-5", 4 << 20}};
  lab.storage.volumes = {{VmId("vm-1"), 16 << 20, 8 << 20}, {VmId("vm-5"), 24 << 20, 8 << 20}};
  lab.vms = {{.name = VmId("vm-1"),
              .highly_available = true,
              .lease = true,
              .storage_error_resume_behaviour = ResumeBehaviour::Kill,
              .mac = "52:54:00:0a:65:00",
              .address = "10.77.0.101/24"},
             {.name = VmId("vm-5"), .mac = "52:54:00:0a:69:00", .address = "10.77.0.105/24"}};
  lab.collector_address = "10.77.0.32";
  return lab;
}

}  // namespace splitsite::reference::hostd
