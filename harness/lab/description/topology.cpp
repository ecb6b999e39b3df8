#include "harness/lab/description/topology.hpp"

#include "harness/lab/description/topology_reader.hpp"

namespace splitsite {
namespace {

using description::TomlValue;

Result<Topology> to_topology(const std::string& path, const TomlValue& document) {
  description::TopologyReader reader(document);
  Topology topology = reader.read();
  if (const auto& complaint = reader.complaint()) {
    return description::to_error("topology", path, *complaint);
  }
  return topology;
}

}  // namespace

Result<Topology> load_topology(const std::string& path) {
  SPLITSITE_TRY(const auto document, description::read_toml_file("topology", path));
  return to_topology(path, document);
}

Result<Topology> parse_topology(const std::string& path, const std::string& text) {
  SPLITSITE_TRY(const auto document, description::parse_toml("topology", path, text));
  return to_topology(path, document);
}

}  // namespace splitsite
