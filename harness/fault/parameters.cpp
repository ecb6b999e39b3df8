#include "harness/fault/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace splitsite {
namespace {

template <class Range, class Name>
std::string listed(const Range& range, Name&& name_of) {
  std::string names;
  for (const auto& each : range) {
    const std::string name = name_of(each);
    if (!name.empty()) names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

Error refused(const std::string& fault, std::string why, std::string hint) {
  return Error{.kind = ErrorKind::Invalid,
               .attempted = "make the fault",
               .subject = fault,
               .why = std::move(why),
               .hint = std::move(hint)};
}

}  // namespace

Result<Parameters> parse_parameters(const std::string& text) {
  Parameters parameters;
  std::istringstream in(text);
  for (std::string word; in >> word;) {
    const auto equals = word.find('=');
    const bool complete = equals != std::string::npos && equals > 0 && equals + 1 < word.size();
    if (complete && parameters.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
      continue;
    }
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "read the parameter",
                 .subject = fmt::format("\"{}\"", word),
                 .why = complete ? "it is given twice" : "it is not of the form name=value",
                 .hint = "write, for example, site=a"};
  }
  return parameters;
}

std::string to_text(const Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
  }
  return text;
}

ParameterReader::ParameterReader(std::string fault, std::vector<ParameterSpec> specs,
                                 Parameters given, const LabConfig& config)
    : fault_(std::move(fault)),
      specs_(std::move(specs)),
      given_(std::move(given)),
      config_(&config) {}

Result<ParameterReader> ParameterReader::create(std::string fault, std::vector<ParameterSpec> specs,
                                                Parameters given, const LabConfig& config) {
  const ParameterReader reader(std::move(fault), std::move(specs), std::move(given), config);
  for (const auto& entry : reader.given_) {
    if (reader.find(entry.first) != nullptr) continue;
    const auto known = listed(reader.specs_, [](const ParameterSpec& s) { return s.name; });
    return refused(reader.fault_, fmt::format("it has no parameter \"{}\"", entry.first),
                   known.empty() ? "it takes none" : "it knows: " + known);
  }
  for (const ParameterSpec& spec : reader.specs_) {
    if (!spec.otherwise.empty() || reader.given(spec.name)) continue;
    return refused(reader.fault_, fmt::format("parameter \"{}\" is missing", spec.name),
                   fmt::format("give {} ({})", spec.meaning, spec.allowed));
  }
  return reader;
}

const ParameterSpec* ParameterReader::find(const std::string& name) const {
  const auto found = std::find_if(specs_.begin(), specs_.end(),
                                  [&](const ParameterSpec& s) { return s.name == name; });
  return found == specs_.end() ? nullptr : &*found;
}

Error ParameterReader::wrong(const std::string& name, const std::string& why) const {
  const ParameterSpec* spec = find(name);
  const auto typed = given_.find(name);
  const std::string value =
      typed != given_.end() ? typed->second : (spec == nullptr ? "" : spec->otherwise);
  return refused(fault_, fmt::format("parameter \"{}\": \"{}\" {}", name, value, why),
                 spec == nullptr ? "" : "allowed: " + spec->allowed);
}

Error ParameterReader::not_among(const std::string& name, const std::string& allowed) const {
  Error error = wrong(name, "does not exist in this lab");
  error.hint = "name one of: " + allowed;
  return error;
}

Result<std::string> ParameterReader::text(const std::string& name) const {
  if (const auto typed = given_.find(name); typed != given_.end()) return typed->second;
  if (const ParameterSpec* spec = find(name)) return spec->otherwise;
  return Error{.kind = ErrorKind::Internal,
               .attempted = "read the parameter",
               .subject = name,
               .why = fmt::format("the catalogue entry of {} does not declare it", fault_)};
}

Result<SiteId> ParameterReader::site(const std::string& name) const {
  SPLITSITE_TRY(const std::string typed, text(name));
  const SiteId site(typed);
  if (config_->find_site(site) != nullptr) return site;
  return not_among(name, listed(config_->sites, [](const SiteConfig& s) { return s.name.str(); }));
}

Result<SiteId> ParameterReader::site_with_hosts(const std::string& name) const {
  SPLITSITE_TRY(const std::string typed, text(name));
  const SiteId site(typed);
  if (!config_->hosts_of(site).empty()) return site;
  Error error = wrong(name, "is not a site with hosts");
  error.hint = "name one of: " + listed(config_->sites, [&](const SiteConfig& s) {
                 return config_->hosts_of(s.name).empty() ? "" : s.name.str();
               });
  return error;
}

Result<std::pair<SiteId, SiteId>> ParameterReader::sites(const std::string& name) const {
  SPLITSITE_TRY(const std::string both, text(name));
  const auto parts = split(both, '-');
  if (parts.size() == 2 && parts[0] != parts[1] &&
      std::all_of(parts.begin(), parts.end(), [&](const std::string& site) {
        return config_->find_site(SiteId(site)) != nullptr;
      })) {
    return std::pair(SiteId(parts[0]), SiteId(parts[1]));
  }
  Error error = wrong(name, "is not a pair of this lab's sites");
  error.hint =
      "name two of: " + listed(config_->sites, [](const SiteConfig& s) { return s.name.str(); }) +
      ", joined by a hyphen";
  return error;
}

Result<NodeId> ParameterReader::node(const std::string& name) const {
  SPLITSITE_TRY(const std::string typed, text(name));
  const NodeId node(typed);
  if (config_->find_node(node) != nullptr) return node;
  return not_among(name, listed(config_->nodes, [](const NodeConfig& n) { return n.name.str(); }));
}

Result<NodeId> ParameterReader::node(const std::string& name, NodeRole role) const {
  SPLITSITE_TRY(const std::string typed, text(name));
  const NodeId node(typed);
  const NodeConfig* found = config_->find_node(node);
  if (found != nullptr && found->role == role) return node;
  Error error = wrong(name, fmt::format("is not a {} node of this lab", to_string(role)));
  error.hint = "name one of: " + listed(config_->nodes, [&](const NodeConfig& n) {
                 return n.role == role ? n.name.str() : "";
               });
  return error;
}

Result<std::vector<NodeId>> ParameterReader::nodes(const std::string& name) const {
  SPLITSITE_TRY(const std::string all, text(name));
  std::vector<NodeId> nodes;
  for (const std::string& part : split(all, ',')) {
    const NodeId node(part);
    if (config_->find_node(node) == nullptr) {
      Error error = wrong(name, fmt::format("names \"{}\", which this lab does not have", part));
      error.hint = "name some of: " +
                   listed(config_->nodes, [](const NodeConfig& n) { return n.name.str(); });
      return error;
    }
    if (std::find(nodes.begin(), nodes.end(), node) != nodes.end()) {
      return wrong(name, fmt::format("names \"{}\" twice", part));
    }
    nodes.push_back(node);
  }
  if (nodes.empty()) return wrong(name, "names no node");
  return nodes;
}

Result<VmId> ParameterReader::vm(const std::string& name) const {
  SPLITSITE_TRY(const std::string typed, text(name));
  const VmId vm(typed);
  if (config_->find_vm(vm) != nullptr) return vm;
  return not_among(name, listed(config_->vms, [](const VmConfig& v) { return v.name.str(); }));
}

}  // namespace splitsite
