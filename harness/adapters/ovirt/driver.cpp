#include "harness/adapters/ovirt/driver.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/adapters/ovirt/parse.hpp"
#include "harness/adapters/ovirt/session.hpp"

namespace splitsite::ovirt {
namespace {

template <class Name>
std::optional<std::string> id_with_name(const std::map<std::string, Name>& names,
                                        const Name& name) {
  for (const auto& [id, known] : names) {
    if (known == name) return id;
  }
  return std::nullopt;
}

Error unknown(const char* what, const std::string& name) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = fmt::format("find the {}", what),
               .subject = name,
               .why = "the engine has none of that name"};
}

// The name an answer gives wins; then what is known of the id; an id nobody knows any more (the
// object was removed) stands for itself.
template <class Name>
std::optional<Name> name_of(const Reference& reference, const std::map<std::string, Name>& names) {
  if (reference.id.empty()) return std::nullopt;
  if (!reference.name.empty()) return Name(reference.name);
  const auto known = names.find(reference.id);
  return known == names.end() ? Name(reference.id) : known->second;
}

Result<DataCenterView> choose(const std::vector<DataCenterView>& all, const std::string& name) {
  std::vector<DataCenterView> fitting;
  std::string seen;
  for (const DataCenterView& each : all) {
    seen += (seen.empty() ? "" : ", ") + each.name;
    const bool fits = name.empty() ? each.status != "uninitialized" : each.name == name;
    if (fits) fitting.push_back(each);
  }
  if (fitting.size() == 1) return fitting.front();
  if (!name.empty()) return unknown("data center", name);
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "find the data center",
               .subject = {},
               .why = fmt::format("{} of them are in use; the engine has: {}", fitting.size(),
                                  seen.empty() ? "none" : seen),
               .hint = "name the one under test"};
}

}  // namespace

OvirtCluster::OvirtCluster(EngineAccess access)
    : data_center_(access.data_center), session_(std::make_unique<Session>(std::move(access))) {}

OvirtCluster::~OvirtCluster() = default;

Result<std::vector<HostView>> OvirtCluster::hosts() {
  SPLITSITE_TRY(std::string xml, session_->get("/hosts"));
  SPLITSITE_TRY(auto hosts, parse_hosts(xml));
  host_names_.clear();
  for (const HostView& host : hosts) host_names_[host.id] = host.name;
  return hosts;
}

Result<std::vector<VmView>> OvirtCluster::vms() {
  SPLITSITE_TRY(auto parsed, read_vms());
  std::vector<std::string> host_ids;
  for (const ParsedVm& each : parsed) {
    if (each.host.name.empty()) host_ids.push_back(each.host.id);
  }
  SPLITSITE_TRY_VOID(learn_host_names(host_ids));
  std::vector<VmView> vms;
  for (ParsedVm& each : parsed) {
    each.view.host = name_of(each.host, host_names_);
    vms.push_back(std::move(each.view));
  }
  return vms;
}

Result<DataCenterView> OvirtCluster::data_center() {
  SPLITSITE_TRY(std::string xml, session_->get("/datacenters"));
  SPLITSITE_TRY(auto all, parse_data_centers(xml));
  return choose(all, data_center_);
}

// The top-level collection shows no status of attached domains (BackendStorageDomainsResource), so
// they are read through their data center.
Result<std::vector<StorageDomainView>> OvirtCluster::storage_domains() {
  SPLITSITE_TRY(DataCenterView home, data_center());
  SPLITSITE_TRY(std::string xml, session_->get("/datacenters/" + home.id + "/storagedomains"));
  return parse_storage_domains(xml);
}

Result<std::vector<EventView>> OvirtCluster::events(long after) {
  SPLITSITE_TRY(std::string xml, session_->get(fmt::format("/events?from={}", after)));
  SPLITSITE_TRY(auto parsed, parse_events(xml));
  std::vector<std::string> host_ids;
  for (const ParsedEvent& each : parsed) {
    if (each.host.name.empty()) host_ids.push_back(each.host.id);
  }
  SPLITSITE_TRY_VOID(learn_host_names(host_ids));
  const bool vm_missing = std::any_of(parsed.begin(), parsed.end(), [this](const auto& each) {
    return !each.vm.id.empty() && each.vm.name.empty() && !vm_names_.contains(each.vm.id);
  });
  if (vm_missing) {
    SPLITSITE_TRY_VOID(read_vms());
  }
  std::vector<EventView> events;
  for (ParsedEvent& each : parsed) {
    if (each.view.index <= after) continue;  // an engine that does not know `from` sends them all
    each.view.host = name_of(each.host, host_names_);
    each.view.vm = name_of(each.vm, vm_names_);
    events.push_back(std::move(each.view));
  }
  return events;
}

Result<void> OvirtCluster::activate(const NodeId& host) { return act_on(host, "activate"); }
Result<void> OvirtCluster::deactivate(const NodeId& host) { return act_on(host, "deactivate"); }
Result<void> OvirtCluster::force_select_spm(const NodeId& host) {
  return act_on(host, "forceselectspm");
}
Result<void> OvirtCluster::start(const VmId& vm) { return act_on(vm, "start"); }
Result<void> OvirtCluster::shutdown(const VmId& vm) { return act_on(vm, "shutdown"); }

Result<void> OvirtCluster::migrate(const VmId& vm, const NodeId& to) {
  SPLITSITE_TRY(std::string vm_id, id_of(vm));
  SPLITSITE_TRY(std::string host_id, id_of(to));
  const Result<void> done =
      act("/vms/" + vm_id, "migrate", fmt::format("<action><host id=\"{}\"/></action>", host_id));
  if (done) return success();
  return done.error().while_attempting(fmt::format("migrate to {}", to), vm.str());
}

Result<void> OvirtCluster::act_on(const NodeId& host, const std::string& action) {
  SPLITSITE_TRY(std::string id, id_of(host));
  const Result<void> done = act("/hosts/" + id, action, "<action/>");
  if (done) return success();
  return done.error().while_attempting(action, host.str());
}

Result<void> OvirtCluster::act_on(const VmId& vm, const std::string& action) {
  SPLITSITE_TRY(std::string id, id_of(vm));
  const Result<void> done = act("/vms/" + id, action, "<action/>");
  if (done) return success();
  return done.error().while_attempting(action, vm.str());
}

Result<void> OvirtCluster::act(const std::string& path, const std::string& action,
                               const std::string& body) {
  SPLITSITE_TRY(std::string xml, session_->post(path + "/" + action, body));
  return check_action(xml);
}

Result<std::string> OvirtCluster::id_of(const NodeId& host) {
  if (const auto id = id_with_name(host_names_, host)) return *id;
  SPLITSITE_TRY_VOID(hosts());
  if (const auto id = id_with_name(host_names_, host)) return *id;
  return unknown("host", host.str());
}

Result<std::string> OvirtCluster::id_of(const VmId& vm) {
  if (const auto id = id_with_name(vm_names_, vm)) return *id;
  SPLITSITE_TRY_VOID(read_vms());
  if (const auto id = id_with_name(vm_names_, vm)) return *id;
  return unknown("VM", vm.str());
}

Result<std::vector<ParsedVm>> OvirtCluster::read_vms() {
  SPLITSITE_TRY(std::string xml, session_->get("/vms"));
  SPLITSITE_TRY(auto vms, parse_vms(xml));
  vm_names_.clear();
  for (const ParsedVm& vm : vms) vm_names_[vm.view.id] = vm.view.name;
  return vms;
}

// Asks for all hosts once if one of `ids` has no name yet.
Result<void> OvirtCluster::learn_host_names(const std::vector<std::string>& ids) {
  const bool missing = std::any_of(ids.begin(), ids.end(), [this](const std::string& id) {
    return !id.empty() && !host_names_.contains(id);
  });
  if (missing) {
    SPLITSITE_TRY_VOID(hosts());
  }
  return success();
}

}  // namespace splitsite::ovirt
