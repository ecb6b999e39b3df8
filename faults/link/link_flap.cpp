#include "faults/link/link_flap.hpp"

#include "faults/link/link_cut.hpp"
#include "faults/measure/rate.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(LinkScope scope, read_link_scope(reader));
  SPLITSITE_TRY(const Duration period, reader.duration("period", 400ms, 60s));
  SPLITSITE_TRY(const double down, reader.percent("down", 20, 80));
  SPLITSITE_TRY(const Cut how, read_cut(reader));
  const Flapping flapping{.period = period,
                          .down = std::chrono::duration_cast<Duration>(period * (down / 100))};
  return std::unique_ptr<Fault>(std::make_unique<LinkFlap>(std::move(scope), flapping, how));
}

}  // namespace

LinkFlap::LinkFlap(LinkScope scope, Flapping flapping, Cut how)
    : LinkFault(std::move(scope), {.cut = how, .flapping = flapping}) {}

// TCP tries again at growing intervals, which must meet the link while it is up.
bool LinkFlap::connections_survive() const {
  const Flapping& flapping = *effect().flapping;
  return flapping.period <= 4s && 2 * flapping.down <= flapping.period;
}

Result<std::string> LinkFlap::effect_shows(const Bench& bench, const Way& way) const {
  return flaps(bench, way, *effect().flapping);
}

Result<std::string> LinkFlap::effect_absent(const Bench& bench, const Way& way) const {
  return does_not_flap(bench, way, *effect().flapping);
}

CatalogueEntry link_flap_entry() {
  return {.name = "link-flap",
          .summary = "a link between two sites goes down and comes back, again and again",
          .parameters = with_link_parameters({{.name = "period",
                                               .type = "duration",
                                               .meaning = "from one going down to the next",
                                               .otherwise = "1s",
                                               .allowed = "400 ms to 60 s"},
                                              {.name = "down",
                                               .type = "percent",
                                               .meaning = "of each period, which it begins with",
                                               .otherwise = "50",
                                               .allowed = "20 to 80"},
                                              cut_parameter()}),
          .mechanism = "The wan node's agent cuts and restores the affected leaf by its own timer.",
          .proof =
              "Numbered datagrams over four periods, in each direction: the share that is lost "
              "and how often; new connections are made in the end, open ones live through it "
              "(drop) or are ended (reject). The other direction, a way within the site and "
              "the third site are the control.",
          .undo =
              "The fault's share is taken off the link, up or down; two periods pass without a "
              "gap.",
          .limits =
              "The proof takes four periods a direction. Periods above 4 s, or down for more "
              "than half: connections are not judged. One flapping a direction.",
          .make = make,
          .example = "sites=a-b period=800ms"};
}

}  // namespace splitsite
