#include "faults/link/link_cut.hpp"

#include "faults/measure/reach.hpp"

namespace splitsite {
namespace {

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(LinkScope scope, read_link_scope(reader));
  SPLITSITE_TRY(const Cut how, read_cut(reader));
  return std::unique_ptr<Fault>(std::make_unique<LinkCut>(std::move(scope), how));
}

}  // namespace

ParameterSpec cut_parameter() {
  return {.name = "how",
          .type = "choice",
          .meaning = "packets vanish silently, or their senders are told at once",
          .otherwise = "drop",
          .allowed = "drop, reject"};
}

Result<Cut> read_cut(const ParameterReader& reader) {
  return reader.choice_of<Cut>("how", {{"drop", Cut::Drop}, {"reject", Cut::Reject}});
}

LinkCut::LinkCut(LinkScope scope, Cut how) : LinkFault(std::move(scope), {.cut = how}) {}

Result<std::string> LinkCut::effect_shows(const Bench& bench, const Way& way) const {
  return nothing_arrives(bench, way);
}

Result<std::string> LinkCut::effect_absent(const Bench& bench, const Way& way) const {
  return arrives(bench, way);
}

CatalogueEntry link_cut_entry() {
  return {.name = "link-cut",
          .summary = "a link between two sites passes nothing, silently or with a refusal",
          .parameters = with_link_parameters({cut_parameter()}),
          .mechanism =
              "drop: netem in the wan node drops everything on the affected leaf. reject: "
              "nftables there answers TCP with a reset, anything else with ICMP.",
          .proof =
              "No datagram arrives in an affected direction; new connections time out (drop) "
              "or are refused (reject), open ones fall silent or are ended, from either end. "
              "The other direction passes; a way within the site and both sites' views of the "
              "third site are the control.",
          .undo =
              "The fault's share is taken off the link; datagrams pass in each direction and new "
              "connections are made.",
          .limits =
              "Cut between two sites only, each still sees the third: overlapping views. For "
              "a site seen by nobody take site-isolation. link=replication: the storage node that "
              "loses the arbitration resets itself, which the proof waits for; healed, both copies "
              "are whole again, within minutes.",
          .make = make,
          .example = "sites=a-b",
          .further_examples = {"sites=a-b link=replication"}};
}

}  // namespace splitsite
