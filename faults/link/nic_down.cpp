#include "faults/link/nic_down.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "faults/measure/reach.hpp"

namespace splitsite {
namespace {

const NicConfig* find_card(const LabConfig& config, const NodeId& node, const std::string& device) {
  const NodeConfig* found = config.find_node(node);
  if (found == nullptr) return nullptr;
  for (const NicConfig& nic : found->nics) {
    if (nic.device == device && !nic.address.empty()) return &nic;
  }
  return nullptr;
}

std::string cards_of(const LabConfig& config, const NodeId& node) {
  std::string names;
  for (const NicConfig& nic : config.find_node(node)->nics) {
    if (!nic.address.empty()) names += (names.empty() ? "" : ", ") + nic.device;
  }
  return names.empty() ? "none" : names;
}

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(NodeId node, reader.node("node"));
  SPLITSITE_TRY(std::string device, reader.text("device"));
  if (find_card(reader.config(), node, device) == nullptr) {
    return reader.wrong(reader.given("device") ? "device" : "node",
                        fmt::format("is no card of {} with an address, which are: {}", node,
                                    cards_of(reader.config(), node)));
  }
  return std::unique_ptr<Fault>(std::make_unique<NicDown>(std::move(node), std::move(device)));
}

// The node itself cannot even begin to connect; what it is told does not matter.
Result<std::string> does_not_connect(const Bench& bench, const Way& way) {
  SPLITSITE_TRY(const auto tried,
                bench.prober.connect(way.from, way.to, way.network, std::chrono::seconds(1)));
  const std::string text = fmt::format("new connection {}: {}", describe(way), describe(tried));
  if (tried.outcome != ConnectResult::Outcome::Connected) return text;
  return not_proven(fmt::format("no new connection {} is made", describe(way)), text);
}

}  // namespace

NicDown::NicDown(NodeId node, std::string device)
    : node_(std::move(node)), device_(std::move(device)) {}

std::string NicDown::describe() const { return fmt::format("{} of {} down", device_, node_); }

nlohmann::json NicDown::parameters() const { return {{"node", node_.str()}, {"device", device_}}; }

Result<Plan> NicDown::plan(const LabConfig& config) const {
  if (find_card(config, node_, device_) == nullptr) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "plan",
                 .subject = describe(),
                 .why = "parameter \"device\": the node has no such card with an address"};
  }
  return Plan{InNode{.node = node_,
                     .kind = "nic.down",
                     .arguments = {{"device", device_}},
                     .resource = "network card " + device_}};
}

Result<Observation> NicDown::observation(const LabConfig& config) const {
  const NicConfig* card = find_card(config, node_, device_);
  const NodeConfig* node = config.find_node(node_);
  if (card == nullptr || card->address.rfind(node->site_address() + "/", 0) == 0) {
    return observe_node(config, node_);
  }
  for (const NodeConfig& other : config.nodes) {
    if (other.name == node_ || other.replication_address().empty()) continue;
    return Observation{.way = {other.name, node_, Network::Replication},
                       .control = {other.name, node_, Network::Site}};
  }
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "measure",
               .subject = describe(),
               .why = "no other node is on that network"};
}

Result<void> NicDown::measure_before(const Bench& bench) {
  SPLITSITE_TRY(const Observation seen, observation(bench.config));
  SPLITSITE_TRY_VOID(both_ways_open(bench, seen.way));
  SPLITSITE_TRY(auto to_node, OpenFlow::open(bench, seen.way));
  SPLITSITE_TRY(auto from_node, OpenFlow::open(bench, turned(seen.way)));
  to_node_.emplace(std::move(to_node));
  from_node_.emplace(std::move(from_node));
  return success();
}

Result<Proof> NicDown::prove(const Bench& bench) const {
  SPLITSITE_TRY(const Observation seen, observation(bench.config));
  SPLITSITE_TRY(const auto there, nothing_arrives(bench, seen.way));
  SPLITSITE_TRY(const auto back, nothing_arrives(bench, turned(seen.way)));
  SPLITSITE_TRY(const auto fresh_in, does_not_connect(bench, seen.way));
  SPLITSITE_TRY(const auto fresh_out, does_not_connect(bench, turned(seen.way)));
  SPLITSITE_TRY(const auto open_in, to_node_->is_silent(bench));
  SPLITSITE_TRY(const auto open_out, from_node_->is_silent(bench));
  SPLITSITE_TRY(const auto control, both_ways_open(bench, seen.control));
  return Proof{.claim = fmt::format("nothing passes through {} of {}", device_, node_),
               .measured = fmt::format("{}; {}; {}; {}; {}; {}", there, back, fresh_in, fresh_out,
                                       open_in, open_out),
               .control = control};
}

Result<Proof> NicDown::prove_healed(const Bench& bench) const {
  Proof proof{.claim = fmt::format("{} of {} passes packets", device_, node_),
              .measured = fmt::format("{} has no power: nothing to heal", node_),
              .control = "none needed: nothing is changed any more"};
  if (!has_power(bench, node_)) return proof;
  SPLITSITE_TRY(const Observation seen, observation(bench.config));
  SPLITSITE_TRY(proof.measured, both_ways_open(bench, seen.way));
  return proof;
}

CatalogueEntry nic_down_entry() {
  return {.name = "nic-down",
          .summary = "a network card of a node is down",
          .parameters = {{.name = "node",
                          .type = "node",
                          .meaning = "whose card",
                          .otherwise = "",
                          .allowed = "a node of the lab but the wan node"},
                         {.name = "device",
                          .type = "text",
                          .meaning = "the card's name in the node; a storage node's second one is "
                                     "on the replication network",
                          .otherwise = "eth0",
                          .allowed = "one of the node's cards: eth0, eth1"}},
          .mechanism = "The node's agent takes the device down by netlink.",
          .proof =
              "No datagram passes to or from the node on that network, no connection is made, "
              "and connections open before are silent, from either end. Another node, or for a "
              "replication card the same node on the site network, is heard: the control.",
          .undo =
              "The device is set up again, by the node itself if the harness dies; datagrams "
              "pass both ways and a new connection is made.",
          .limits =
              "The agent is reached past the network, so the fault can always be lifted. A "
              "host without storage for longer than its leases allow is reset by its watchdog.",
          .make = make,
          .example = "node=host-a2"};
}

}  // namespace splitsite
