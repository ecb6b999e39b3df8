#include "faults/link/link_duplication.hpp"

#include "faults/measure/impairment.hpp"

namespace splitsite {
namespace {

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(LinkScope scope, read_link_scope(reader));
  SPLITSITE_TRY(const double percent, reader.percent("percent", 0.5, 100));
  return std::unique_ptr<Fault>(std::make_unique<LinkDuplication>(std::move(scope), percent));
}

}  // namespace

LinkDuplication::LinkDuplication(LinkScope scope, double percent)
    : LinkFault(std::move(scope), {.duplicate_percent = percent}) {}

Result<std::string> LinkDuplication::effect_shows(const Bench& bench, const Way& way) const {
  return happens(bench, way, Mishap::Twice, effect().duplicate_percent);
}

Result<std::string> LinkDuplication::effect_absent(const Bench& bench, const Way& way) const {
  return hardly_happens(bench, way, Mishap::Twice, effect().duplicate_percent);
}

CatalogueEntry link_duplication_entry() {
  return {.name = "link-duplication",
          .summary = "packets delivered twice between two sites",
          .parameters = with_link_parameters({{.name = "percent",
                                               .type = "percent",
                                               .meaning = "of the packets that arrive twice",
                                               .otherwise = "",
                                               .allowed = "0.5 to 100"}}),
          .mechanism = "netem in the wan node, on the leaf of each affected direction.",
          .proof =
              "Numbered datagrams in each direction that arrive a second time, so many that "
              "chance is ruled out; connections, new and open, get through. The other "
              "direction, a way within the site and the third site are the control.",
          .undo = "The fault's share is taken off the link; the same count shows no second ones.",
          .limits = "A protocol that numbers its packets, as TCP does, hides it from programs.",
          .make = make,
          .example = "sites=a-b percent=20"};
}

}  // namespace splitsite
