#include "faults/link/partition.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "faults/link/link_cut.hpp"
#include "faults/link/observers.hpp"
#include "faults/measure/reach.hpp"

namespace splitsite {
namespace {

std::string list(const std::vector<NodeId>& nodes) {
  return fmt::format("{}", fmt::join(nodes, ","));
}

nlohmann::json addresses_of(const LabConfig& config, const std::vector<NodeId>& nodes) {
  nlohmann::json addresses = nlohmann::json::array();
  for (const NodeId& name : nodes) {
    const NodeConfig* node = config.find_node(name);
    if (node == nullptr) continue;
    for (const std::string& address : {node->site_address(), node->replication_address()}) {
      if (!address.empty()) addresses.push_back(address);
    }
  }
  return addresses;
}

bool contains(const std::vector<NodeId>& nodes, const NodeId& node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

Result<void> check_nodes(const ParameterReader& reader, const std::vector<NodeId>& nodes,
                         const std::vector<NodeId>& from) {
  for (const auto& [set, name] : {std::pair(nodes, "nodes"), std::pair(from, "from")}) {
    for (const NodeId& node : set) {
      if (reader.config().find_node(node)->role == NodeRole::Wan) {
        return reader.wrong(name, "names the wan node, which is what lies between the sites");
      }
    }
  }
  for (const NodeId& node : from) {
    if (!contains(nodes, node)) continue;
    return reader.wrong("from", fmt::format("names {}, which \"nodes\" names too", node));
  }
  return success();
}

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(auto nodes, reader.nodes("nodes"));
  SPLITSITE_TRY(auto from, reader.nodes("from"));
  SPLITSITE_TRY(const Cut how, read_cut(reader));
  using Direction = Partition::Direction;
  SPLITSITE_TRY(const Direction direction,
                reader.choice_of<Direction>(
                    "direction", {{"both", Direction::Both}, {"from-to", Direction::FromTo}}));
  SPLITSITE_TRY_VOID(check_nodes(reader, nodes, from));
  return std::unique_ptr<Fault>(
      std::make_unique<Partition>(std::move(nodes), std::move(from), how, direction));
}

bool both_on_replication(const LabConfig& config, const NodeId& x, const NodeId& y) {
  return !config.find_node(x)->replication_address().empty() &&
         !config.find_node(y)->replication_address().empty();
}

}  // namespace

Partition::Partition(std::vector<NodeId> nodes, std::vector<NodeId> from, Cut how,
                     Direction direction)
    : nodes_(std::move(nodes)), from_(std::move(from)), how_(how), direction_(direction) {}

std::string Partition::describe() const {
  return fmt::format("partition of {} from {} ({}{})", list(nodes_), list(from_),
                     how_ == Cut::Reject ? "reject" : "drop",
                     direction_ == Direction::FromTo ? ", only what these send" : "");
}

nlohmann::json Partition::parameters() const {
  return {{"nodes", list(nodes_)},
          {"from", list(from_)},
          {"how", how_ == Cut::Reject ? "reject" : "drop"},
          {"direction", direction_ == Direction::Both ? "both" : "from-to"}};
}

Result<Plan> Partition::plan(const LabConfig& config) const {
  Plan plan;
  for (const NodeId& node : nodes_) {
    plan.push_back(
        InNode{.node = node,
               .kind = "traffic.block",
               .arguments = {{"direction", direction_ == Direction::Both ? "both" : "in"},
                             {"peers", addresses_of(config, from_)},
                             {"what", "all"},
                             {"how", how_ == Cut::Reject ? "reject" : "drop"}},
               .resource = "traffic with " + list(from_)});
  }
  return plan;
}

std::vector<Way> Partition::ways(const LabConfig& config) const {
  std::vector<Way> all;
  for (const NodeId& node : nodes_) {
    for (const NodeId& other : from_) {
      all.push_back({node, other});
      if (both_on_replication(config, node, other)) {
        all.push_back({node, other, Network::Replication});
      }
    }
  }
  return all;
}

std::vector<Way> Partition::sample() const {
  std::vector<Way> pairs;
  for (std::size_t i = 0; i < std::max(nodes_.size(), from_.size()); ++i) {
    pairs.push_back({nodes_[i % nodes_.size()], from_[i % from_.size()]});
  }
  return pairs;
}

Result<void> Partition::measure_before(const Bench& bench) {
  for (const Way& way : ways(bench.config)) {
    SPLITSITE_TRY_VOID(both_ways_open(bench, way));
  }
  flows_.clear();
  for (const Way& way : sample()) {
    for (const Way& each : {way, turned(way)}) {
      SPLITSITE_TRY(auto flow, OpenFlow::open(bench, each));
      flows_.push_back(std::move(flow));
    }
  }
  return success();
}

// Each side still hears somebody who is on neither; in a lab without such a node, its own side.
Result<std::string> Partition::control(const Bench& bench) const {
  std::vector<NodeId> named = nodes_;
  named.insert(named.end(), from_.begin(), from_.end());
  std::string text;
  for (const auto* side : {&nodes_, &from_}) {
    const NodeId& node = side->front();
    auto others = nodes_besides(bench.config, named, bench.config.find_node(node)->site);
    others.insert(others.end(), side->begin() + 1, side->end());
    if (others.empty()) continue;
    SPLITSITE_TRY(const auto open, both_ways_open(bench, {node, others.front()}));
    text += (text.empty() ? "" : "; ") + open;
  }
  if (!text.empty()) return text;
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "prove the",
               .subject = describe(),
               .why = "no node is left as control"};
}

// A refusal may be seen by either end, or, of a datagram, by none: only that nothing arrives
// counts.
Result<std::string> Partition::datagrams(const Bench& bench, const Way& way) const {
  SPLITSITE_TRY(const auto out,
                there() == Cut::None ? arrives(bench, way) : nothing_arrives(bench, way));
  SPLITSITE_TRY(const auto back, nothing_arrives(bench, turned(way)));
  return fmt::format("{}; {}", out, back);
}

Result<Proof> Partition::prove(const Bench& bench) const {
  Proof proof{.claim = describe()};
  const auto add = [&](const std::string& seen) {
    proof.measured += (proof.measured.empty() ? "" : "; ") + seen;
  };
  for (const Way& way : ways(bench.config)) {
    SPLITSITE_TRY(const auto seen, datagrams(bench, way));
    add(seen);
  }
  std::size_t flow = 0;
  for (const Way& way : sample()) {
    const Meeting outward{.way = way, .there = there(), .back = how_};
    const Meeting inward{.way = turned(way), .there = how_, .back = there()};
    for (const Meeting& meeting : {outward, inward}) {
      SPLITSITE_TRY(const auto fresh, new_connection_as_cut(bench, meeting));
      SPLITSITE_TRY(const auto open, open_connection_as_cut(bench, meeting, flows_.at(flow++)));
      add(fresh);
      add(open);
    }
  }
  SPLITSITE_TRY(proof.control, control(bench));
  return proof;
}

Result<Proof> Partition::prove_healed(const Bench& bench) const {
  Proof proof{.claim = fmt::format("{} and {} hear each other", list(nodes_), list(from_)),
              .control = "none needed: nothing is changed any more"};
  for (const Way& way : ways(bench.config)) {
    const bool alive = has_power(bench, way.from) && has_power(bench, way.to);
    std::string seen = splitsite::describe(way) + ": without power meanwhile, nothing to heal";
    if (alive) {
      SPLITSITE_TRY(seen, both_ways_open(bench, way));
    }
    proof.measured += (proof.measured.empty() ? "" : "; ") + seen;
  }
  return proof;
}

CatalogueEntry partition_entry() {
  return {.name = "partition",
          .summary = "some nodes and some others no longer hear each other",
          .parameters = {{.name = "nodes",
                          .type = "nodes",
                          .meaning = "one side; these nodes do the blocking",
                          .otherwise = "",
                          .allowed = "nodes of the lab but the wan node: host-a1,sto-a"},
                         {.name = "from",
                          .type = "nodes",
                          .meaning = "the other side",
                          .otherwise = "",
                          .allowed = "nodes of the lab but the wan node, none of the first side"},
                         {.name = "direction",
                          .type = "choice",
                          .meaning = "both ways, or only what the other side sends to the first",
                          .otherwise = "both",
                          .allowed = "both, from-to"},
                         cut_parameter()},
          .mechanism =
              "nftables in each node of the first side blocks all IPv4 addresses of the second, "
              "in and out or only in, on every network.",
          .proof =
              "No datagram passes between any two of them, either way or the one asked while the "
              "other passes; new connections time out or are refused, open ones fall silent or "
              "are ended, from either side. Each side still hears a node that is on neither: the "
              "control.",
          .undo =
              "Each node takes its own rules back, by itself if the harness dies; every pair "
              "hears each other again.",
          .limits =
              "Guests of the first side's hosts lose the second side's nodes too, but guests still "
              "reach each other. The proof takes about two seconds a pair.",
          .make = make,
          .example = "nodes=host-a2 from=host-b2"};
}

}  // namespace splitsite
