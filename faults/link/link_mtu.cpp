#include "faults/link/link_mtu.hpp"

#include <fmt/format.h>

#include "faults/measure/reach.hpp"

namespace splitsite {
namespace {

constexpr int kHeaders = 28;  // of IP and UDP, which a packet's length counts

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(LinkScope scope, read_link_scope(reader));
  SPLITSITE_TRY(const std::int64_t longest, reader.count("longest", 128, 1499));
  return std::unique_ptr<Fault>(
      std::make_unique<LinkMtu>(std::move(scope), static_cast<int>(longest)));
}

}  // namespace

LinkMtu::LinkMtu(LinkScope scope, int longest)
    : LinkFault(std::move(scope), {.longest_packet = longest}) {}

Result<void> LinkMtu::measure_way_before(const Bench& bench, const Way& way) {
  SPLITSITE_TRY_VOID(effect_absent(bench, way));
  return success();
}

Result<std::string> LinkMtu::effect_shows(const Bench& bench, const Way& way) const {
  const int longest = effect().longest_packet;
  SPLITSITE_TRY(const auto beyond, nothing_arrives(bench, way, longest + 1 - kHeaders));
  SPLITSITE_TRY(const auto at_most, arrives(bench, way, longest - kHeaders));
  return fmt::format("of {} bytes, {}; of {} bytes, {}", longest + 1, beyond, longest, at_most);
}

Result<std::string> LinkMtu::effect_absent(const Bench& bench, const Way& way) const {
  const int beyond = effect().longest_packet + 1;
  SPLITSITE_TRY(const auto seen, arrives(bench, way, beyond - kHeaders));
  return fmt::format("of {} bytes, {}", beyond, seen);
}

CatalogueEntry link_mtu_entry() {
  return {.name = "link-mtu",
          .summary = "packets above a length vanish between two sites (MTU black hole)",
          .parameters =
              with_link_parameters({{.name = "longest",
                                     .type = "count",
                                     .meaning = "bytes of the longest IP packet that still passes",
                                     .otherwise = "",
                                     .allowed = "128 to 1499"}}),
          .mechanism = "nftables in the wan node drops what is longer, in each affected direction.",
          .proof =
              "In each direction, datagrams of just that length arrive and none that is one "
              "byte longer; connections with small messages, new and open, get through. The "
              "other direction and a way within the site pass both; the third site is reached.",
          .undo = "The fault's share is taken off the link; the longer ones arrive again.",
          .limits =
              "No ICMP is sent: path MTU discovery finds nothing, which is the fault. Open TCP "
              "connections stall only when they send more than fits.",
          .make = make,
          .example = "sites=a-b longest=1400"};
}

}  // namespace splitsite
