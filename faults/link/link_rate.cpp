#include "faults/link/link_rate.hpp"

#include "faults/measure/rate.hpp"

namespace splitsite {
namespace {

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(LinkScope scope, read_link_scope(reader));
  SPLITSITE_TRY(const std::uint64_t rate, reader.rate("rate", 128'000, 10'000'000'000));
  return std::unique_ptr<Fault>(std::make_unique<LinkRate>(std::move(scope), rate));
}

}  // namespace

LinkRate::LinkRate(LinkScope scope, std::uint64_t bits_per_second)
    : LinkFault(std::move(scope), {.rate_bits_per_second = bits_per_second}) {}

// A lab that carries no more anyhow cannot show the limit.
Result<void> LinkRate::measure_way_before(const Bench& bench, const Way& way) {
  SPLITSITE_TRY_VOID(carries_more_than(bench, way, effect().rate_bits_per_second));
  return success();
}

Result<std::string> LinkRate::effect_shows(const Bench& bench, const Way& way) const {
  return carries(bench, way, effect().rate_bits_per_second);
}

Result<std::string> LinkRate::effect_absent(const Bench& bench, const Way& way) const {
  return carries_more_than(bench, way, effect().rate_bits_per_second);
}

CatalogueEntry link_rate_entry() {
  return {.name = "link-rate",
          .summary = "limited bandwidth between two sites",
          .parameters = with_link_parameters({{.name = "rate",
                                               .type = "rate",
                                               .meaning = "bits a second, frames counted whole",
                                               .otherwise = "",
                                               .allowed = "128kbit to 10Gbit"}}),
          .mechanism =
              "netem's rate in the wan node, on the leaf of each affected direction, with a "
              "queue that follows from rate and delay.",
          .proof =
              "The time a burst of datagrams takes to arrive, in each direction, and that more "
              "got through before; connections, new and open, get through. The other direction "
              "and a way within the site carry more; the third site is reached.",
          .undo = "The fault's share is taken off the link; the burst arrives faster again.",
          .limits =
              "The lab must carry half as much again by itself: an emulated one some 20 Mbit/s, "
              "so that 10 Mbit/s is the highest limit it can show.",
          .make = make,
          .example = "sites=a-b rate=2Mbit"};
}

}  // namespace splitsite
