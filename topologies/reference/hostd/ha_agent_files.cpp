#include "topologies/reference/hostd/ha_agent_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace splitsite::reference::hostd {
namespace {

bool runs_the_engine(const LabConfig& lab, const NodeId& node) {
  if (!lab.hosted_engine) return false;
  const auto& hosts = lab.hosted_engine->hosts;
  return std::find(hosts.begin(), hosts.end(), node) != hosts.end();
}

}  // namespace

HaAgentFiles::HaAgentFiles(const LabConfig& lab, const NodeId& node, Clock& clock,
                           HaAgentPaths paths)
    : configured_(runs_the_engine(lab, node)),
      node_(node),
      host_alive_(lab.timing.ha_host_alive_timeout),
      clock_(clock),
      paths_(std::move(paths)) {}

rpc::HaStats HaAgentFiles::stats() {
  if (!configured_) return {};
  std::ostringstream report;
  report << std::ifstream(paths_.report).rdbuf();
  return ha::ha_stats_of(report.str(), clock_.now(), host_alive_);
}

Result<void> HaAgentFiles::set_local_maintenance(bool set) {
  if (!configured_)
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "set the local maintenance of the HA agent on",
                 .subject = node_.str(),
                 .why = "Resource unavailable"};
  std::error_code failed;
  if (!set) {
    std::filesystem::remove(paths_.maintenance, failed);
    if (!failed) return success();
  } else if (std::ofstream(paths_.maintenance) << "local maintenance\n") {
    return success();
  }
  return Error{.attempted = "set the local maintenance of the HA agent on",
               .subject = node_.str(),
               .why = "cannot change " + paths_.maintenance};
}

}  // namespace splitsite::reference::hostd
