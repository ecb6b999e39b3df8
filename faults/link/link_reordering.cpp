#include "faults/link/link_reordering.hpp"

#include "faults/measure/impairment.hpp"
#include "faults/measure/round_trip.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(LinkScope scope, read_link_scope(reader));
  SPLITSITE_TRY(const double percent, reader.percent("percent", 1, 50));
  SPLITSITE_TRY(const Duration delay, reader.duration("delay", 5ms, 200ms));
  return std::unique_ptr<Fault>(std::make_unique<LinkReordering>(std::move(scope), percent, delay));
}

}  // namespace

LinkReordering::LinkReordering(LinkScope scope, double percent, Duration delay)
    : LinkFault(std::move(scope), {.delay = delay, .reorder_percent = percent}) {}

Result<void> LinkReordering::measure_way_before(const Bench& bench, const Way& way) {
  if (crossing_ && !(*crossing_ == way)) return success();
  crossing_ = way;
  SPLITSITE_TRY(round_trip_, undisturbed_round_trip(bench, way, effect().delay / 3));
  return success();
}

Result<std::string> LinkReordering::effect_shows(const Bench& bench, const Way& way) const {
  return some_overtake(bench, way, effect().reorder_percent, effect().delay);
}

Result<std::string> LinkReordering::effect_absent(const Bench& bench, const Way& way) const {
  return keeps_order(bench, way);
}

Result<std::string> LinkReordering::effect_gone(const Bench& bench, const Way& way) const {
  SPLITSITE_TRY(const auto order, keeps_order(bench, way));
  SPLITSITE_TRY(const auto trip, takes_no_longer(bench, way, round_trip_, effect().delay / 2));
  return order + "; " + trip;
}

CatalogueEntry link_reordering_entry() {
  return {
      .name = "link-reordering",
      .summary = "packets between two sites overtake each other",
      .parameters = with_link_parameters(
          {{.name = "percent",
            .type = "percent",
            .meaning = "of the packets that are not delayed and overtake the others",
            .otherwise = "",
            .allowed = "1 to 50"},
           {.name = "delay",
            .type = "duration",
            .meaning = "of all others, one way",
            .otherwise = "50ms",
            .allowed = "5 ms to 200 ms"}}),
      .mechanism =
          "netem's delay and reordering in the wan node, on the leaf of each affected "
          "direction.",
      .proof =
          "Numbered datagrams in each direction: the share that comes early, and that some "
          "are overtaken; connections, new and open, get through. The other direction, a "
          "way within the site and the third site keep their order: the control.",
      .undo =
          "The fault's share is taken off the link; order is kept again and the round trip "
          "is what it was.",
      .limits =
          "Reordering needs the delay, and its proof one well above the link's own jitter (some ms "
          "in a nested lab): what overtakes skips all of the link's delay, that "
          "of the topology too.",
      .make = make,
      .example = "sites=a-b percent=25"};
}

}  // namespace splitsite
