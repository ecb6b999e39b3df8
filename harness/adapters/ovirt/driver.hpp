// The cluster under test through the oVirt REST API v4 (oVirt, RHV, OLVM, and the reference
// Manager, which serves the same). Implements ports/cluster.hpp; reads XML, acts by id, resolves
// names. For one thread; every call is bounded by the timeouts below.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/ports/cluster.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::ovirt {

// Where the CA certificate comes from that the engine's certificate is checked against.
enum class CaSource {
  File,      // a PEM file; empty path: the system's CAs
  FirstUse,  // asked of the engine itself at the first contact, then kept
  EachUse,   // as FirstUse, and asked again when the certificate no longer fits: for labs whose
             // Manager makes a new CA each time it boots. Encryption without identity.
};

struct EngineAccess {
  std::string url;  // "https://10.77.0.31"; "/ovirt-engine" or "/ovirt-engine/api" may follow
  std::string user = "admin@internal";
  std::string password;
  CaSource ca_source = CaSource::File;
  std::string ca_file;
  // By name; empty: the only data center that has been initialized.
  std::string data_center;
  Duration connect_timeout = std::chrono::seconds(5);
  Duration request_timeout = std::chrono::seconds(20);  // reads and logging in
  Duration action_timeout = std::chrono::seconds(60);   // the engine answers when it has acted
};

class Session;
struct ParsedVm;

class OvirtCluster final : public ClusterApi {
 public:
  // Does not contact the engine: the first call does.
  explicit OvirtCluster(EngineAccess access);
  ~OvirtCluster() override;

  Result<std::vector<HostView>> hosts() override;
  Result<std::vector<VmView>> vms() override;
  Result<DataCenterView> data_center() override;
  Result<std::vector<StorageDomainView>> storage_domains() override;
  Result<std::vector<EventView>> events(long after) override;

  Result<void> activate(const NodeId& host) override;
  Result<void> deactivate(const NodeId& host) override;
  Result<void> force_select_spm(const NodeId& host) override;
  Result<void> start(const VmId& vm) override;
  Result<void> shutdown(const VmId& vm) override;
  Result<void> migrate(const VmId& vm, const NodeId& to) override;

 private:
  Result<std::vector<ParsedVm>> read_vms();
  Result<std::string> id_of(const NodeId& host);
  Result<std::string> id_of(const VmId& vm);
  Result<void> learn_host_names(const std::vector<std::string>& ids);
  Result<void> act(const std::string& path, const std::string& action, const std::string& body);
  Result<void> act_on(const NodeId& host, const std::string& action);
  Result<void> act_on(const VmId& vm, const std::string& action);

  std::string data_center_;
  std::unique_ptr<Session> session_;
  // As of the last listing: names stay with ids for the life of an object.
  std::map<std::string, NodeId> host_names_;
  std::map<std::string, VmId> vm_names_;
};

}  // namespace splitsite::ovirt
