#include "faults/link/link_loss.hpp"

#include <fmt/format.h>

#include <random>

#include "faults/measure/impairment.hpp"

namespace splitsite {
namespace {

constexpr double kLeast = 0.5;         // seldom enough for twenty thousand packets to show it
constexpr double kTooMuchForTcp = 30;  // above it connections take longer than a proof may

Result<std::unique_ptr<Fault>> make(const ParameterReader& reader) {
  SPLITSITE_TRY(LinkScope scope, read_link_scope(reader));
  SPLITSITE_TRY(const double percent, reader.percent("percent", kLeast, 90));
  SPLITSITE_TRY(const double correlation, reader.percent("correlation", 0, 50));
  if (mean_loss_percent(percent, correlation) < kLeast) {
    return reader.wrong("correlation",
                        fmt::format("leaves less than {:g} % lost, too little to be seen", kLeast));
  }
  return std::unique_ptr<Fault>(std::make_unique<LinkLoss>(std::move(scope), percent, correlation));
}

}  // namespace

LinkLoss::LinkLoss(LinkScope scope, double percent, double correlation_percent)
    : LinkFault(std::move(scope),
                {.loss_percent = percent, .loss_correlation_percent = correlation_percent}) {}

double mean_loss_percent(double percent, double correlation_percent) {
  if (correlation_percent <= 0) return percent;
  constexpr int kPlayed = 1'000'000;
  constexpr unsigned kSeed = 1;  // any; the answer must not differ from call to call
  std::mt19937_64 random(kSeed);
  std::uniform_real_distribution<double> uniform(0, 1);
  const double rho = correlation_percent / 100;
  double drawn = 0.5;
  int lost = 0;
  for (int i = 0; i < kPlayed; ++i) {
    drawn = uniform(random) * (1 - rho) + drawn * rho;
    if (drawn <= percent / 100) ++lost;
  }
  return 100.0 * lost / kPlayed;
}

bool LinkLoss::connections_survive() const { return effect().loss_percent <= kTooMuchForTcp; }

Result<std::string> LinkLoss::effect_shows(const Bench& bench, const Way& way) const {
  const double correlation = effect().loss_correlation_percent;
  const double mean = mean_loss_percent(effect().loss_percent, correlation);
  if (correlation <= 0) return happens(bench, way, Mishap::Lost, mean);
  // Packets that share their fate count for fewer: the count may stray further on either side.
  return happens(bench, way, Mishap::Lost, mean / 2, 1.5 * mean);
}

Result<std::string> LinkLoss::effect_absent(const Bench& bench, const Way& way) const {
  const auto& all = effect();
  const double mean = mean_loss_percent(all.loss_percent, all.loss_correlation_percent);
  return hardly_happens(bench, way, Mishap::Lost,
                        all.loss_correlation_percent > 0 ? mean / 2 : mean);
}

CatalogueEntry link_loss_entry() {
  return {.name = "link-loss",
          .summary = "random loss of packets between two sites",
          .parameters = with_link_parameters(
              {{.name = "percent",
                .type = "percent",
                .meaning = "of the packets that vanish",
                .otherwise = "",
                .allowed = "0.5 to 90"},
               {.name = "correlation",
                .type = "percent",
                .meaning = "how much a packet's fate leans towards that of the one before",
                .otherwise = "0",
                .allowed = "0 to 50"}}),
          .mechanism = "netem in the wan node, on the leaf of each affected direction.",
          .proof =
              "Numbered datagrams in each direction, so many that chance is ruled out; "
              "connections, new and open, still get through. The other direction, a way within "
              "the site and the third site are the control.",
          .undo =
              "The fault's share is taken off the link; the same count shows that the loss is "
              "gone.",
          .limits =
              "Above 30 % connections are not judged. netem's correlation lowers the share "
              "that is lost; for bursts take link-burst-loss. Everything lost is link-cut.",
          .make = make,
          .example = "sites=a-b percent=20"};
}

}  // namespace splitsite
