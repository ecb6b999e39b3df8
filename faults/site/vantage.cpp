#include "faults/site/vantage.hpp"

#include <fmt/format.h>

namespace splitsite {

Result<Vantage> find_vantage(const LabConfig& config, const SiteId& faulty) {
  Vantage vantage;
  for (const NodeConfig& node : config.nodes) {
    if (node.site == faulty) continue;
    if (node.role == NodeRole::Witness) vantage.observer = node.name;
    if (node.role == NodeRole::Host && vantage.control.empty()) vantage.control = node.name;
  }
  if (!vantage.observer.empty() && !vantage.control.empty()) return vantage;
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "prove a fault of site",
               .subject = faulty.str(),
               .why = "the lab has no witness to observe from, or no host in another site"};
}

Result<PingResult> ping_node(const Bench& bench, const NodeId& from, const NodeId& to) {
  const NodeConfig* target = bench.config.find_node(to);
  if (target == nullptr) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "ping",
                 .subject = to.str(),
                 .why = "the lab has no such node"};
  }
  const PingPlan plan{.count = 3,
                      .interval = std::chrono::milliseconds(100),
                      .timeout = std::chrono::milliseconds(400)};
  return bench.prober.ping(from, target->site_address(), plan);
}

Result<std::string> unaffected_control(const Bench& bench, const Vantage& vantage) {
  SPLITSITE_TRY(auto heard, ping_node(bench, vantage.observer, vantage.control));
  std::string text = fmt::format("{}: {}", vantage.control, describe(heard));
  if (heard.received == 0) return not_proven("the control is not affected", text);
  return text;
}

std::string sites_with_hosts(const LabConfig& config) {
  std::string names;
  for (const SiteConfig& site : config.sites) {
    if (config.hosts_of(site.name).empty()) continue;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", site.name);
  }
  return names;
}

}  // namespace splitsite
