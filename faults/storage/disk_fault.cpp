#include "faults/storage/disk_fault.hpp"

#include <fmt/format.h>

#include "faults/measure/replicas.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// A host may have been reset by its watchdog meanwhile: then the disk is there when it has booted.
constexpr Duration kServesWithin = minutes(4);
constexpr Duration kControlWithin = seconds(20);

Disk lun_at(const NodeId& host) {
  return {
      .node = host, .path = "mapper/splitsite-lun", .words = fmt::format("the LUN at {}", host)};
}

Disk under_replica_of(const NodeId& node) {
  return {.node = node,
          .path = "mapper/splitsite-backing",
          .words = fmt::format("the disk under the replica of {}", node)};
}

// In the same site if there is one, so that it shares all the rest.
Result<NodeId> another_host(const LabConfig& config, const NodeConfig& host) {
  NodeId other;
  for (const NodeConfig& node : config.nodes) {
    if (node.role != NodeRole::Host || node.name == host.name) continue;
    if (other.empty() || node.site == host.site) other = node.name;
    if (node.site == host.site) break;
  }
  if (!other.empty()) return other;
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "prove a fault of a disk at",
               .subject = host.name.str(),
               .why = "the lab has no other host as a control"};
}

}  // namespace

std::vector<ParameterSpec> with_disk_parameters(std::vector<ParameterSpec> own) {
  std::vector<ParameterSpec> all = {
      {.name = "node",
       .type = "node",
       .meaning = "the host that uses the LUN, or the storage node whose disk it is",
       .otherwise = "",
       .allowed = "a host or a storage node"},
      {.name = "vm",
       .type = "vm",
       .meaning = "only this VM's volume, as the host sees it",
       .otherwise = "none",
       .allowed = "a VM of the lab, with a host"}};
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

Result<DiskTarget> read_disk_target(const ParameterReader& reader) {
  SPLITSITE_TRY(const NodeId name, reader.node("node"));
  const NodeConfig* node = reader.config().find_node(name);
  if (node->role == NodeRole::Storage) {
    if (reader.given("vm")) return reader.wrong("vm", "goes with a host only");
    SPLITSITE_TRY(const NodeId peer, storage_peer(reader.config(), name));
    return DiskTarget{.disk = under_replica_of(name),
                      .control = under_replica_of(peer),
                      .device = "splitsite-backing",
                      .under_replica = true};
  }
  if (node->role != NodeRole::Host) return reader.wrong("node", "has no disk of the cluster");
  if (!reader.given("vm")) {
    SPLITSITE_TRY(const NodeId other, another_host(reader.config(), *node));
    return DiskTarget{.disk = lun_at(name), .control = lun_at(other), .device = "splitsite-lun"};
  }
  SPLITSITE_TRY(const VmId vm, reader.vm("vm"));
  return DiskTarget{.disk = {.node = name,
                             .path = fmt::format("mapper/vol-{}", vm),
                             .words = fmt::format("the volume of {} at {}", vm, name),
                             .from_the_start = true},
                    .control = lun_at(name),
                    .device = fmt::format("vol-{}", vm)};
}

nlohmann::json DiskFault::parameters() const {
  return {{"node", target_.disk.node.str()}, {"device", target_.device}};
}

Step DiskFault::change(const std::string& kind, nlohmann::json arguments) const {
  arguments["device"] = target_.device;
  return InNode{.node = target_.disk.node,
                .kind = kind,
                .arguments = std::move(arguments),
                .resource = "disk " + target_.device};
}

Result<void> DiskFault::measure_before(const Bench& bench) {
  SPLITSITE_TRY_VOID(disk_serves(bench, target_.disk, kControlWithin));
  SPLITSITE_TRY_VOID(disk_serves(bench, target_.control, kControlWithin));
  return success();
}

Result<std::string> DiskFault::control(const Bench& bench) const {
  auto seen = disk_serves(bench, target_.control, kControlWithin);
  if (!seen) return not_proven("the control is not affected", seen.error().why);
  return seen;
}

// The table is the one that belongs there, and I/O does not wait.
Result<std::string> DiskFault::plain_again(const Bench& bench) const {
  const std::string claim = fmt::format("{} is a plain layer again", target_.disk.words);
  const Wait wait{.what = claim,
                  .bound = kServesWithin,
                  .every = std::chrono::milliseconds(250),
                  .stop = bench.stop};
  auto plain = eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    const auto seen =
        bench.nodes.observe(target_.disk.node, "io.error", {{"device", target_.device}});
    if (!seen) return NotYet{seen.error().message()};
    const std::string text =
        fmt::format("its table is \"{}\"{}", seen.value().value("table", ""),
                    seen.value().value("suspended", true) ? ", suspended" : "");
    if (!seen.value().value("linear", false) || seen.value().value("suspended", true)) {
      return NotYet{text};
    }
    return text;
  });
  if (!plain) return not_proven(claim, plain.error().message());
  return plain;
}

Result<Proof> DiskFault::prove_healed(const Bench& bench) const {
  Proof proof{.claim = fmt::format("{} serves as before", target_.disk.words)};
  SPLITSITE_TRY(proof.measured, plain_again(bench));
  SPLITSITE_TRY(const std::string serves, disk_serves(bench, target_.disk, kServesWithin));
  SPLITSITE_TRY(const std::string more, also_healed(bench, proof.doubt));
  proof.measured += "; " + serves + (more.empty() ? "" : "; " + more);
  if (target_.under_replica) {
    SPLITSITE_TRY(const std::string whole, replicas_are_whole(bench, kWholeWithin));
    proof.measured += "; " + whole;
  }
  SPLITSITE_TRY(proof.control, control(bench));
  return proof;
}

}  // namespace splitsite
