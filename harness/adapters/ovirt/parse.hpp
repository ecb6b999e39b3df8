// Reading oVirt's XML: pure functions from an answer's text to views. Shapes follow
// ovirt-engine-api-model (types Host, Vm, DataCenter, StorageDomain, Event, Action).
// Unknown elements are passed over and unknown enumeration values kept as text, because a newer
// engine may have more of both; an object without id or name, a number that is none, or another
// document than the expected one is an error (ErrorKind::Internal, `why` says what was found).
#pragma once

#include <string>
#include <vector>

#include "harness/core/result.hpp"
#include "harness/ports/cluster.hpp"

namespace splitsite::ovirt {

// The API names other objects by id, and by name only where somebody asked it to follow the link.
struct Reference {
  std::string id;    // empty: the element is missing
  std::string name;  // often empty
};

struct ParsedVm {
  VmView view;  // `host` is left empty
  Reference host;
};

struct ParsedEvent {
  EventView view;  // `host` and `vm` are left empty
  Reference host;
  Reference vm;
};

Result<std::vector<HostView>> parse_hosts(const std::string& xml);
Result<std::vector<ParsedVm>> parse_vms(const std::string& xml);
Result<std::vector<DataCenterView>> parse_data_centers(const std::string& xml);
Result<std::vector<StorageDomainView>> parse_storage_domains(const std::string& xml);
// Sorted by index, oldest first; the engine's own order is newest first.
Result<std::vector<ParsedEvent>> parse_events(const std::string& xml);

// An action's answer. Fails with ErrorKind::Refused if it carries a fault or says that it failed:
// the engine may do so under HTTP 200.
Result<void> check_action(const std::string& xml);

}  // namespace splitsite::ovirt
