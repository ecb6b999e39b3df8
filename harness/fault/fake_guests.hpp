// Where the fake lab's guests run, as far as the network is concerned. Linked by tests only.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "harness/lab/description/lab_config.hpp"

namespace splitsite {

class FakeGuests {
 public:
  // From now on the guest answers pings, wherever this host's network lets it.
  void run_guest(const VmId& guest, const NodeId& host) { hosts_[guest] = host; }
  bool runs_guest(const VmId& guest, const NodeId& host) const {
    const auto found = hosts_.find(guest);
    return found != hosts_.end() && found->second == host;
  }

 protected:
  ~FakeGuests() = default;

  // Nothing if no guest that runs has the address.
  std::optional<NodeId> host_of_guest(const LabConfig& config, const std::string& address) const {
    for (const auto& [guest, host] : hosts_) {
      const VmConfig* vm = config.find_vm(guest);
      if (vm != nullptr && vm->address.rfind(address + "/", 0) == 0) return host;
    }
    return std::nullopt;
  }

 private:
  std::map<VmId, NodeId> hosts_;
};

}  // namespace splitsite
