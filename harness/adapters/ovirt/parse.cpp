#include "harness/adapters/ovirt/parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <pugixml.hpp>

#include "harness/adapters/ovirt/fault.hpp"

namespace splitsite::ovirt {
namespace {

Error unreadable(std::string why) {
  return Error{.kind = ErrorKind::Internal,
               .attempted = "read the engine's answer",
               .subject = {},
               .why = std::move(why)};
}

Result<pugi::xml_document> load(const std::string& xml, const char* root) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(xml.data(), xml.size());
  if (!parsed) {
    return unreadable(fmt::format("not XML ({} at byte {}): {}", parsed.description(),
                                  parsed.offset, explain_body(xml)));
  }
  if (document.child(root)) return document;
  const std::string found = document.document_element().name();
  return unreadable(fmt::format("<{}> instead of <{}>: {}", found, root, explain_body(xml)));
}

std::string text(const pugi::xml_node& node, const char* path) {
  return node.first_element_by_path(path).text().as_string();
}

// A missing element is `absent`; text that is not wholly a number is an error.
template <class Number>
Result<Number> number(const pugi::xml_node& node, const char* path, Number absent) {
  const std::string found = text(node, path);
  if (found.empty()) return absent;
  Number value{};
  const auto [end, error] = std::from_chars(found.data(), found.data() + found.size(), value);
  if (error == std::errc() && end == found.data() + found.size()) return value;
  return unreadable(fmt::format("<{}> in <{}> is \"{}\", not a number", path, node.name(), found));
}

// xs:boolean in either spelling; the engine writes lower case and documents 0 and 1 as well.
bool truth(const pugi::xml_node& node, const char* path) {
  const std::string found = text(node, path);
  return found == "true" || found == "1";
}

Reference reference(const pugi::xml_node& node, const char* child) {
  const pugi::xml_node found = node.child(child);
  return {found.attribute("id").as_string(), text(found, "name")};
}

// What every object has. An object without them cannot be spoken about.
Result<Reference> identity(const pugi::xml_node& node) {
  Reference self{node.attribute("id").as_string(), text(node, "name")};
  if (self.id.empty()) return unreadable(fmt::format("<{}> has no id", node.name()));
  if (self.name.empty()) {
    return unreadable(fmt::format("<{} id=\"{}\"> has no name", node.name(), self.id));
  }
  return self;
}

std::string text_or(const pugi::xml_node& node, const char* path, const char* absent) {
  std::string found = text(node, path);
  return found.empty() ? absent : found;
}

Result<HostView> host(const pugi::xml_node& node) {
  SPLITSITE_TRY(Reference self, identity(node));
  SPLITSITE_TRY(int priority, number(node, "spm/priority", 0));
  SPLITSITE_TRY(int active, number(node, "summary/active", 0));
  return HostView{.id = self.id,
                  .name = NodeId(self.name),
                  .status = text(node, "status"),
                  .spm_status = text_or(node, "spm/status", "none"),
                  .spm_priority = priority,
                  .active_vms = active};
}

Result<ParsedVm> vm(const pugi::xml_node& node) {
  SPLITSITE_TRY(Reference self, identity(node));
  const pugi::xml_node lease = node.first_element_by_path("lease/storage_domain");
  return ParsedVm{.view = VmView{.id = self.id,
                                 .name = VmId(self.name),
                                 .status = text(node, "status"),
                                 .host = std::nullopt,
                                 .highly_available = truth(node, "high_availability/enabled"),
                                 .has_lease = *lease.attribute("id").as_string() != '\0'},
                  .host = reference(node, "host")};
}

Result<DataCenterView> data_center(const pugi::xml_node& node) {
  SPLITSITE_TRY(Reference self, identity(node));
  return DataCenterView{self.id, self.name, text(node, "status")};
}

Result<StorageDomainView> storage_domain(const pugi::xml_node& node) {
  SPLITSITE_TRY(Reference self, identity(node));
  return StorageDomainView{self.id, self.name, text(node, "status")};
}

// `index` exists since 4.1.3; before that the id is the index.
Result<ParsedEvent> event(const pugi::xml_node& node) {
  SPLITSITE_TRY(long index, number<long>(node, "index", -1));
  if (index < 0) {
    const std::string id = node.attribute("id").as_string();
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), index);
    if (id.empty() || error != std::errc() || *end != '\0') {
      return unreadable(fmt::format("<event id=\"{}\"> has no index", id));
    }
  }
  SPLITSITE_TRY(int code, number(node, "code", 0));
  return ParsedEvent{.view = EventView{.index = index,
                                       .code = code,
                                       .severity = text(node, "severity"),
                                       .description = text(node, "description"),
                                       .host = std::nullopt,
                                       .vm = std::nullopt},
                     .host = reference(node, "host"),
                     .vm = reference(node, "vm")};
}

template <class T>
Result<std::vector<T>> collection(const std::string& xml, const char* root, const char* element,
                                  Result<T> (*read)(const pugi::xml_node&)) {
  SPLITSITE_TRY(pugi::xml_document document, load(xml, root));
  std::vector<T> items;
  for (const pugi::xml_node& node : document.child(root).children(element)) {
    SPLITSITE_TRY(T item, read(node));
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace

Result<std::vector<HostView>> parse_hosts(const std::string& xml) {
  return collection(xml, "hosts", "host", &host);
}

Result<std::vector<ParsedVm>> parse_vms(const std::string& xml) {
  return collection(xml, "vms", "vm", &vm);
}

Result<std::vector<DataCenterView>> parse_data_centers(const std::string& xml) {
  return collection(xml, "data_centers", "data_center", &data_center);
}

Result<std::vector<StorageDomainView>> parse_storage_domains(const std::string& xml) {
  return collection(xml, "storage_domains", "storage_domain", &storage_domain);
}

Result<std::vector<ParsedEvent>> parse_events(const std::string& xml) {
  SPLITSITE_TRY(auto events, collection(xml, "events", "event", &event));
  std::stable_sort(events.begin(), events.end(), [](const ParsedEvent& a, const ParsedEvent& b) {
    return a.view.index < b.view.index;
  });
  return events;
}

Result<void> check_action(const std::string& xml) {
  SPLITSITE_TRY(pugi::xml_document document, load(xml, "action"));
  const std::string status = text(document.child("action"), "status");
  const auto fault = find_fault(xml);
  if (!fault && status != "failed") return success();
  return Error{.kind = ErrorKind::Refused,
               .attempted = "act",
               .subject = {},
               .why = fault ? describe(*fault) : "the engine says the action failed"};
}

}  // namespace splitsite::ovirt
