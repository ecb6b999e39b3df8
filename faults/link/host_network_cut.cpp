#include "faults/link/host_network_cut.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "faults/link/guests_heard.hpp"
#include "faults/link/link_cut.hpp"
#include "faults/measure/reach.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

constexpr int kPortal = 3260;  // iSCSI

const char* word(HostTraffic traffic) {
  switch (traffic) {
    case HostTraffic::Management:
      return "management";
    case HostTraffic::Storage:
      return "storage";
    case HostTraffic::Guests:
      return "guests";
    case HostTraffic::All:
      break;
  }
  return "all";
}

const char* word(Cut how) { return how == Cut::Reject ? "reject" : "drop"; }

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(NodeId host, reader.host("host"));
  SPLITSITE_TRY(const HostTraffic traffic,
                reader.choice_of<HostTraffic>("traffic", {{"management", HostTraffic::Management},
                                                          {"storage", HostTraffic::Storage},
                                                          {"guests", HostTraffic::Guests},
                                                          {"all", HostTraffic::All}}));
  SPLITSITE_TRY(const Cut how, read_cut(reader));
  return std::unique_ptr<Fault>(std::make_unique<HostNetworkCut>(std::move(host), traffic, how));
}

// From the host to every storage node.
std::vector<Service> portals(const LabConfig& config, const NodeId& host) {
  std::vector<Service> all;
  for (const NodeConfig& node : config.nodes) {
    if (node.role == NodeRole::Storage) all.push_back({{host, node.name}, kPortal});
  }
  return all;
}

Result<std::string> portals_reached(const Bench& bench, const NodeId& host) {
  std::string text;
  for (const Service& portal : portals(bench.config, host)) {
    SPLITSITE_TRY(const auto seen, connects(bench, portal));
    text += (text.empty() ? "" : "; ") + seen;
  }
  return text;
}

}  // namespace

HostNetworkCut::HostNetworkCut(NodeId host, HostTraffic traffic, Cut how)
    : host_(std::move(host)), traffic_(traffic), how_(how) {}

std::string HostNetworkCut::describe() const {
  return fmt::format("{} traffic of {} cut ({})", word(traffic_), host_, word(how_));
}

nlohmann::json HostNetworkCut::parameters() const {
  return {{"host", host_.str()}, {"traffic", word(traffic_)}, {"how", word(how_)}};
}

nlohmann::json HostNetworkCut::block() const {
  return {{"direction", "both"},
          {"peers", nlohmann::json::array()},
          {"what", word(traffic_)},
          {"how", word(how_)}};
}

Result<Plan> HostNetworkCut::plan(const LabConfig&) const {
  return Plan{InNode{.node = host_,
                     .kind = "traffic.block",
                     .arguments = block(),
                     .resource = fmt::format("{} traffic", word(traffic_))}};
}

Result<void> HostNetworkCut::measure_before(const Bench& bench) {
  SPLITSITE_TRY(const Observation seen, observe_node(bench.config, host_));
  SPLITSITE_TRY_VOID(both_ways_open(bench, seen.way));
  if (cuts(HostTraffic::Storage)) {
    SPLITSITE_TRY_VOID(portals_reached(bench, host_));
  }
  flows_.clear();
  for (const Way& way : {seen.way, turned(seen.way)}) {
    SPLITSITE_TRY(auto flow, OpenFlow::open(bench, way));
    flows_.push_back(std::move(flow));
  }
  if (traffic_ != HostTraffic::Guests) return success();
  return measure_guests_before(bench, seen.way.from);
}

Result<void> HostNetworkCut::measure_guests_before(const Bench& bench, const NodeId& observer) {
  SPLITSITE_TRY(own_guests_, guests_on(bench, host_));
  if (own_guests_.empty()) {
    return not_proven(fmt::format("a guest runs on {}", host_), "none does");
  }
  SPLITSITE_TRY(const auto own, listen_to(bench, observer, own_guests_));
  if (!own.silent.empty()) {
    return not_proven(fmt::format("all guests of {} are heard before", host_),
                      splitsite::describe(own));
  }
  std::vector<VmId> others;
  for (const VmConfig& vm : bench.config.vms) {
    const bool here =
        std::find(own_guests_.begin(), own_guests_.end(), vm.name) != own_guests_.end();
    if (!here) others.push_back(vm.name);
  }
  SPLITSITE_TRY(auto elsewhere, listen_to(bench, observer, others));
  other_guests_ = std::move(elsewhere.heard);
  return success();
}

Result<std::string> HostNetworkCut::management_cut(const Bench& bench, const Way& way) const {
  SPLITSITE_TRY(std::string text, nothing_arrives(bench, way));
  SPLITSITE_TRY(const auto back, nothing_arrives(bench, turned(way)));
  text += "; " + back;
  std::size_t flow = 0;
  for (const Way& each : {way, turned(way)}) {
    const Meeting meeting{.way = each, .there = how_, .back = how_};
    SPLITSITE_TRY(const auto fresh, new_connection_as_cut(bench, meeting));
    SPLITSITE_TRY(const auto open, open_connection_as_cut(bench, meeting, flows_.at(flow++)));
    text += "; " + fresh + "; " + open;
  }
  return text;
}

Result<std::string> HostNetworkCut::storage_cut(const Bench& bench) const {
  std::string text;
  for (const Service& portal : portals(bench.config, host_)) {
    SPLITSITE_TRY(const auto seen, how_ == Cut::Drop ? connection_times_out(bench, portal)
                                                     : connection_is_refused(bench, portal));
    text += (text.empty() ? "" : "; ") + seen;
  }
  // With other traffic cut too, the count would not say whose packets were stopped.
  if (traffic_ == HostTraffic::All) return text;
  SPLITSITE_TRY(const auto open, open_sessions_stopped(bench));
  return text + "; " + open;
}

Result<std::int64_t> HostNetworkCut::stopped_packets(const Bench& bench) const {
  SPLITSITE_TRY(const auto seen, bench.nodes.observe(host_, "traffic.block", block()));
  const std::string text = fmt::format("on {}: {}", host_, seen.dump());
  const auto packets = seen.find("packets");
  if (!seen.value("in_force", false) || packets == seen.end() || !packets->is_number_integer()) {
    return not_proven("the host's rules are in force", text);
  }
  return packets->get<std::int64_t>();
}

// Nobody else connects now, so what the rules stop belongs to sessions that are open: a host in
// use asks for its paths every few seconds and repeats what nobody has acknowledged.
Result<std::string> HostNetworkCut::open_sessions_stopped(const Bench& bench) const {
  SPLITSITE_TRY(const std::int64_t before, stopped_packets(bench));
  const Wait wait{.what = fmt::format("the open sessions of {} to send something", host_),
                  .bound = std::chrono::seconds(15),
                  .every = std::chrono::milliseconds(250),
                  .stop = bench.stop};
  auto seen = eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    auto now = stopped_packets(bench);
    if (!now) return NotYet{now.error().message()};
    const auto more = now.value() - before;
    if (more > 0) return fmt::format("open sessions: {} packets stopped", more);
    return NotYet{fmt::format("{} packets stopped as before", now.value())};
  });
  if (!seen) return not_proven("open sessions with a portal are cut", seen.error().message());
  return seen;
}

Result<std::string> HostNetworkCut::guests_cut(const Bench& bench, const NodeId& observer) const {
  const std::string claim =
      fmt::format("the guests of {}, and only they, are silent because of its rules", host_);
  // A guest that ended or moved is silent or heard for another reason.
  SPLITSITE_TRY(const auto here, guests_on(bench, host_));
  if (here != own_guests_) {
    return not_proven(claim, fmt::format("{} ran there before, {} now",
                                         fmt::join(own_guests_, ", "), fmt::join(here, ", ")));
  }
  SPLITSITE_TRY(const auto own, listen_to(bench, observer, own_guests_));
  SPLITSITE_TRY(const auto others, listen_to(bench, observer, other_guests_));
  SPLITSITE_TRY(const std::int64_t stopped, stopped_packets(bench));
  const std::string text =
      fmt::format("from {}: on {} {}; elsewhere {}; {} packets stopped", observer, host_,
                  splitsite::describe(own), splitsite::describe(others), stopped);
  if (own.heard.empty() && others.silent.empty() && stopped > 0) return text;
  return not_proven(claim, text);
}

// What is not cut lives on, on this host; and if all of it is, another host does.
Result<std::string> HostNetworkCut::control(const Bench& bench, const Observation& seen) const {
  SPLITSITE_TRY(std::string text, both_ways_open(bench, seen.control));
  if (!cuts(HostTraffic::Management)) {
    SPLITSITE_TRY(const auto managed, both_ways_open(bench, seen.way));
    text += "; " + managed;
  }
  if (!cuts(HostTraffic::Storage)) {
    SPLITSITE_TRY(const auto stored, portals_reached(bench, host_));
    text += "; " + stored;
  }
  return text;
}

Result<Proof> HostNetworkCut::prove(const Bench& bench) const {
  SPLITSITE_TRY(const Observation seen, observe_node(bench.config, host_));
  Proof proof{.claim = fmt::format("{} traffic of {} is cut", word(traffic_), host_)};
  const auto add = [&](const std::string& text) {
    proof.measured += (proof.measured.empty() ? "" : "; ") + text;
  };
  if (cuts(HostTraffic::Management)) {
    SPLITSITE_TRY(const auto text, management_cut(bench, seen.way));
    add(text);
  }
  if (cuts(HostTraffic::Storage)) {
    SPLITSITE_TRY(const auto text, storage_cut(bench));
    add(text);
  }
  if (traffic_ == HostTraffic::Guests) {
    SPLITSITE_TRY(const auto text, guests_cut(bench, seen.way.from));
    add(text);
  }
  SPLITSITE_TRY(proof.control, control(bench, seen));
  return proof;
}

Result<Proof> HostNetworkCut::prove_healed(const Bench& bench) const {
  Proof proof{.claim = fmt::format("{} traffic of {} passes", word(traffic_), host_),
              .measured = fmt::format("{} has no power: nothing to heal", host_),
              .control = "none needed: nothing is changed any more"};
  if (!has_power(bench, host_)) return proof;
  SPLITSITE_TRY(const Observation seen, observe_node(bench.config, host_));
  SPLITSITE_TRY(proof.measured, both_ways_open(bench, seen.way));
  SPLITSITE_TRY(const auto stored, portals_reached(bench, host_));
  proof.measured += "; " + stored;
  if (own_guests_.empty()) return proof;
  std::vector<VmId> all = own_guests_;
  all.insert(all.end(), other_guests_.begin(), other_guests_.end());
  SPLITSITE_TRY(const auto guests, all_heard(bench, seen.way.from, all));
  proof.measured += "; " + guests;
  return proof;
}

CatalogueEntry host_network_cut_entry() {
  return {
      .name = "host-network-cut",
      .summary = "one host's management, storage or guest traffic cut, or all of it",
      .parameters = {{.name = "host",
                      .type = "host",
                      .meaning = "whose traffic",
                      .otherwise = "",
                      .allowed = "a host of the lab"},
                     {.name = "traffic",
                      .type = "choice",
                      .meaning = "which part: storage is iSCSI, guests what its VMs send and "
                                 "get, management the rest",
                      .otherwise = "all",
                      .allowed = "management, storage, guests, all"},
                     cut_parameter()},
      .mechanism = "nftables in the host blocks that part, in and out, whoever the peer is.",
      .proof =
          "Management: no datagram passes, new connections time out or are refused, open "
          "ones fall silent or are ended, from either end. Storage: no new connection to "
          "any portal, and packets of open sessions are stopped. Guests: all that run on this host "
          "fall silent, its rules stop packets, and the guests of other hosts are heard. What "
          "is not cut still passes on this host, and another host is heard: the control.",
      .undo =
          "The host takes its own rules back, by itself if the harness dies; what was cut "
          "passes again.",
      .limits =
          "A host without storage for longer than its leases allow is reset by its "
          "watchdog. With no guest on the host, or one that does not answer before, a cut of "
          "guests is not made. With everything cut, guests and open sessions are not looked "
          "at.",
      .make = make,
      .example = "host=host-a2 traffic=management"};
}

}  // namespace splitsite
