#include "faults/link/link_corruption.hpp"

#include "faults/measure/impairment.hpp"

namespace splitsite {
namespace {

constexpr double kTooMuchForTcp = 30;  // to TCP a corrupt packet is a lost one

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(LinkScope scope, read_link_scope(reader));
  SPLITSITE_TRY(const double percent, reader.percent("percent", 0.5, 90));
  return std::unique_ptr<Fault>(std::make_unique<LinkCorruption>(std::move(scope), percent));
}

}  // namespace

LinkCorruption::LinkCorruption(LinkScope scope, double percent)
    : LinkFault(std::move(scope), {.corrupt_percent = percent}) {}

bool LinkCorruption::connections_survive() const {
  return effect().corrupt_percent <= kTooMuchForTcp;
}

Result<std::string> LinkCorruption::effect_shows(const Bench& bench, const Way& way) const {
  return happens(bench, way, Mishap::Damaged, effect().corrupt_percent);
}

Result<std::string> LinkCorruption::effect_absent(const Bench& bench, const Way& way) const {
  return hardly_happens(bench, way, Mishap::Damaged, effect().corrupt_percent);
}

CatalogueEntry link_corruption_entry() {
  return {.name = "link-corruption",
          .summary = "one bit flipped in packets between two sites",
          .parameters = with_link_parameters({{.name = "percent",
                                               .type = "percent",
                                               .meaning = "of the packets that lose a bit",
                                               .otherwise = "",
                                               .allowed = "0.5 to 90"}}),
          .mechanism = "netem in the wan node, on the leaf of each affected direction.",
          .proof =
              "Numbered datagrams without a checksum in each direction: those that arrive "
              "changed, with those whose header was hit and which are lost, in so large a "
              "number that chance is ruled out; connections, new and open, still get through. "
              "The other direction, a way within the site and the third site are the control.",
          .undo = "The fault's share is taken off the link; the same count shows all unchanged.",
          .limits =
              "Checksums of TCP and of iSCSI turn almost all of it into loss. One flipped bit "
              "never escapes TCP's checksum. Above 30 % connections are not judged.",
          .make = make,
          .example = "sites=a-b percent=20"};
}

}  // namespace splitsite
