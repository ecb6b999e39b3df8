// storage.paths and storage.portal, only observed, on a host: the iSCSI sessions to the storage
// nodes with the disk and the multipath path of each, and whether a portal takes a new connection.
//   storage.paths {}: {"paths": [{"portal", "session", "device", "multipath"}]}, the session's
//   state
//     in the kernel's words ("LOGGED_IN", "FAILED", "FREE"), the path "active" or "failed";
//   storage.portal {address, port?, bound_ms}: {"outcome", "took_us"} as probe.tcp.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/agent/disks/disk_layers.hpp"
#include "harness/agent/disks/observation.hpp"
#include "harness/event_loop/event_loop.hpp"

namespace splitsite::agent {

struct StoragePath {
  std::string portal;   // IPv4 address; empty while there is no connection
  std::string session;  // "LOGGED_IN"
  std::string device;   // "sda"; empty while the session has no disk
  std::string number;   // "8:0"
};

// From the kernel's own folders under `sys` ("/sys"). Empty where there is no iSCSI.
std::vector<StoragePath> read_storage_paths(const std::string& sys);

// From the status of a multipath device: "8:0" -> true if that path is in use. Pure.
std::map<std::string, bool> multipath_states(const DiskTable& status);

class StoragePaths final : public Observation {
 public:
  explicit StoragePaths(DiskLayers& layers, std::string sys = "/sys")
      : layers_(layers), sys_(std::move(sys)) {}
  Result<Json> observe(const Json& arguments) override;

 private:
  DiskLayers& layers_;
  std::string sys_;
};

class StoragePortal final : public Observation {
 public:
  explicit StoragePortal(EventLoop& loop) : loop_(loop) {}
  void observe_later(const Json& arguments, const Answer& answer) override;

 private:
  EventLoop& loop_;
};

}  // namespace splitsite::agent
