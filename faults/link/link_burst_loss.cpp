#include "faults/link/link_burst_loss.hpp"

#include <fmt/format.h>

#include "faults/measure/impairment.hpp"

namespace splitsite {
namespace {

constexpr double kLeastLoss = 0.5;
constexpr double kShortestRun = 3;     // shorter ones look like single losses
constexpr double kTooMuchForTcp = 20;  // a whole burst is repeated in vain

Result<BurstLoss> read_bursts(const ParameterReader& reader) {
  BurstLoss bursts;
  SPLITSITE_TRY(bursts.enter_percent, reader.percent("enter", 0.01, 50));
  SPLITSITE_TRY(bursts.leave_percent, reader.percent("leave", 0.5, 33));
  SPLITSITE_TRY(bursts.bad_loss_percent, reader.percent("bad-loss", 50, 100));
  SPLITSITE_TRY(bursts.good_loss_percent, reader.percent("good-loss", 0, 1));
  if (bursts.mean_loss_percent() < kLeastLoss) {
    return reader.wrong("enter", fmt::format("loses only {:.2g} % in all, too little to be seen",
                                             bursts.mean_loss_percent()));
  }
  if (mean_run(bursts) < kShortestRun) {
    return reader.wrong("leave", fmt::format("makes bursts of {:.1f} packets, which must be {:g} "
                                             "at the least to differ from single losses",
                                             mean_run(bursts), kShortestRun));
  }
  return bursts;
}

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(LinkScope scope, read_link_scope(reader));
  SPLITSITE_TRY(const BurstLoss bursts, read_bursts(reader));
  return std::unique_ptr<Fault>(std::make_unique<LinkBurstLoss>(std::move(scope), bursts));
}

std::vector<ParameterSpec> own_parameters() {
  return {{.name = "enter",
           .type = "percent",
           .meaning = "chance, at each packet, that a burst begins",
           .otherwise = "1",
           .allowed = "0.01 to 50"},
          {.name = "leave",
           .type = "percent",
           .meaning = "chance, at each packet, that it ends",
           .otherwise = "10",
           .allowed = "0.5 to 33"},
          {.name = "bad-loss",
           .type = "percent",
           .meaning = "of the packets that vanish during a burst",
           .otherwise = "100",
           .allowed = "50 to 100"},
          {.name = "good-loss",
           .type = "percent",
           .meaning = "of the packets that vanish between bursts",
           .otherwise = "0",
           .allowed = "0 to 1"}};
}

}  // namespace

double mean_run(const BurstLoss& bursts) {
  // A run ends when the burst does, or with a packet that gets through in its midst.
  const double leave = bursts.leave_percent / 100;
  const double lost = bursts.bad_loss_percent / 100;
  return 1 / (1 - (1 - leave) * lost);
}

LinkBurstLoss::LinkBurstLoss(LinkScope scope, const BurstLoss& bursts)
    : LinkFault(std::move(scope), {.bursts = bursts}) {}

bool LinkBurstLoss::connections_survive() const {
  return effect().bursts->mean_loss_percent() <= kTooMuchForTcp;
}

Result<std::string> LinkBurstLoss::effect_shows(const Bench& bench, const Way& way) const {
  const BurstLoss& bursts = *effect().bursts;
  return lost_in_runs(bench, way, bursts.mean_loss_percent(), mean_run(bursts));
}

Result<std::string> LinkBurstLoss::effect_absent(const Bench& bench, const Way& way) const {
  return hardly_happens(bench, way, Mishap::Lost, effect().bursts->mean_loss_percent() / 4);
}

CatalogueEntry link_burst_loss_entry() {
  return {.name = "link-burst-loss",
          .summary = "loss of packets in bursts between two sites (Gilbert-Elliott)",
          .parameters = with_link_parameters(own_parameters()),
          .mechanism =
              "netem's Gilbert-Elliott model in the wan node, on the leaf of each affected "
              "direction.",
          .proof =
              "Numbered datagrams in each direction: the share that is lost, and how many in a "
              "row; connections, new and open, still get through. The other direction, a way "
              "within the site and the third site are the control.",
          .undo =
              "The fault's share is taken off the link; the same count shows that the loss is "
              "gone.",
          .limits =
              "Bursts are counted in packets, not in time. One burst model a direction: a "
              "second one is refused. Above 20 % in all, connections are not judged.",
          .make = make,
          .example = "sites=a-b enter=2 leave=20"};
}

}  // namespace splitsite
