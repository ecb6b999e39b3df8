// Port: the cluster under test as its own management API shows it. Everything here is the Manager's
// word, never ground truth; oracles compare it with what the agents see. States carry oVirt's names
// (ovirt-engine-api-model, HostStatus, VmStatus, DataCenterStatus, SpmStatus).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/core/id.hpp"
#include "harness/core/result.hpp"

namespace splitsite {

struct HostView {
  std::string id;  // the API's id
  NodeId name;
  std::string status;      // "up", "connecting", "non_responsive", …
  std::string spm_status;  // "none", "contending", "spm"
  int spm_priority = 0;    // -1 … 10
  int active_vms = 0;
};

struct VmView {
  std::string id;
  VmId name;
  std::string status;          // "up", "down", "unknown", "migrating", …
  std::optional<NodeId> host;  // where the Manager believes it runs; kept while "unknown"
  bool highly_available = false;
  bool has_lease = false;
};

struct DataCenterView {
  std::string id;
  std::string name;
  std::string status;  // "up", "problematic", "contend", "not_operational", …
};

struct StorageDomainView {
  std::string id;
  std::string name;
  std::string status;  // "active", "inactive", "unknown", …
};

struct EventView {
  long index = 0;
  int code = 0;
  std::string severity;
  std::string description;
  std::optional<NodeId> host;
  std::optional<VmId> vm;
};

class ClusterApi {
 public:
  virtual ~ClusterApi() = default;

  virtual Result<std::vector<HostView>> hosts() = 0;
  virtual Result<std::vector<VmView>> vms() = 0;
  virtual Result<DataCenterView> data_center() = 0;
  virtual Result<std::vector<StorageDomainView>> storage_domains() = 0;
  // Events with an index greater than `after`, oldest first.
  virtual Result<std::vector<EventView>> events(long after) = 0;

  virtual Result<void> activate(const NodeId& host) = 0;
  virtual Result<void> deactivate(const NodeId& host) = 0;
  virtual Result<void> force_select_spm(const NodeId& host) = 0;
  virtual Result<void> start(const VmId& vm) = 0;
  virtual Result<void> shutdown(const VmId& vm) = 0;
  virtual Result<void> migrate(const VmId& vm, const NodeId& to) = 0;
};

}  // namespace splitsite
