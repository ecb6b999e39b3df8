#include "faults/manager/manager_errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "faults/measure/chance.hpp"

namespace splitsite {
namespace {

using Kind = ManagerErrors::Kind;

// Nine connections of ten are told from all of them by 132; nearer to all it takes too many.
constexpr double kMostOfSome = 90;
constexpr int kAllTries = 5;  // where every connection must be hit

// So many that a share is told from all connections, and from none.
int tries_for(double percent) {
  if (percent >= 100) return kAllTries;
  return static_cast<int>(std::ceil(std::max(40.0, std::log(kRisk) / std::log(percent / 100))));
}

const char* word_of(Kind kind) {
  switch (kind) {
    case Kind::Reset:
      return "reset";
    case Kind::BlackHole:
      return "black-hole";
    case Kind::HttpError:
      return "http-error";
  }
  return "";
}

}  // namespace

std::string ManagerErrors::describe() const {
  const std::string what = setting_.kind == Kind::HttpError
                               ? fmt::format("HTTP {}", setting_.status)
                               : word_of(setting_.kind);
  const std::string share =
      setting_.share_percent < 100
          ? fmt::format(" for {:g} % of its connections", setting_.share_percent)
          : "";
  return fmt::format("errors of the Manager's API: {}{}", what, share);
}

std::string ManagerErrors::claim() const { return "clients see " + describe(); }

nlohmann::json ManagerErrors::treatment() const {
  nlohmann::json all{{"mode", word_of(setting_.kind)}};
  if (setting_.kind == Kind::HttpError) all["status"] = setting_.status;
  if (setting_.share_percent < 100) {
    all["share_percent"] = setting_.share_percent;
    all["seed"] = setting_.seed;
  }
  return all;
}

bool ManagerErrors::is_hit(const ApiAnswers& answers) const {
  const ApiAnswer& first = answers[0];
  switch (setting_.kind) {
    case Kind::Reset:
      // A reset may come before the client knows that it was connected.
      return first.outcome == "reset" || first.outcome == "refused";
    case Kind::BlackHole:
      return first.outcome == "silent";
    case Kind::HttpError:
      return first.outcome == "answered" && first.status == setting_.status;
  }
  return false;
}

Result<std::string> ManagerErrors::seen_by_clients(const Bench& bench,
                                                   const ManagerSeat& seat) const {
  const double percent = setting_.share_percent;
  const ApiQuestion question{.timeout = std::chrono::seconds(percent < 100 ? 1 : 2)};
  const int tries = tries_for(percent);
  Counted counted;
  std::string text;
  while (counted.of < tries && !bench.stop.stop_requested()) {
    SPLITSITE_TRY(const ApiAnswers seen, ask_from_outside(bench, seat, question));
    ++counted.of;
    if (is_hit(seen)) ++counted.hits;
    text = fmt::format("{} asks the API: {} of its connections met the error; the last: {}",
                       seat.observer, splitsite::describe(counted), splitsite::describe(seen));
    // Neither the error nor an answer is another fault.
    const bool spared = percent < 100 && all_good(seen);
    if (!is_hit(seen) && !spared) return not_proven(claim(), text);
  }
  const bool as_asked =
      counted.of == tries && !too_few_for(counted, percent) && !too_many_for(counted, percent);
  if (as_asked) return text;
  return not_proven(claim(), text);
}

CatalogueEntry manager_errors_entry() {
  return {.name = "manager-errors",
          .summary = "the Manager's API fails its clients: reset, silence or an HTTP error",
          .parameters = {manager_parameter(),
                         {"kind", "choice", "what clients see", "http-error",
                          "reset, black-hole, http-error"},
                         {"status", "count", "of kind=http-error", "503", "400 to 599"},
                         {"share", "percent", "of new connections", "100", "50 to 90, or 100"},
                         {"seed", "count", "which connections, when it is a share", "1",
                          "0 to 4294967295"}},
          .mechanism =
              "A TCP proxy in the Manager's node listens at its address, which the kernel "
              "prefers to the Manager's listener at all addresses; errors come over TLS "
              "with the Manager's own certificate. Open connections are ended once and "
              "come back.",
          .proof =
              "Clients' requests on new connections meet the error, all of them or as many as the "
              "share makes likely, the others are answered; a connection that was open is ended, "
              "and the proxy counts it. Control: the Manager asked by its own loopback answers.",
          .undo = "The proxy ends, and with it its connections; a client is answered as before.",
          .limits =
              "Concerns the API, not the Manager's own connections to the hosts. A Manager "
              "that listens at one address only cannot be stood in for.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const NodeId manager, read_manager(reader));
            ManagerErrors::Setting setting;
            SPLITSITE_TRY(setting.kind,
                          reader.choice_of<Kind>("kind", {{"reset", Kind::Reset},
                                                          {"black-hole", Kind::BlackHole},
                                                          {"http-error", Kind::HttpError}}));
            SPLITSITE_TRY(const std::int64_t status, reader.count("status", 400, 599));
            SPLITSITE_TRY(setting.share_percent, reader.percent("share", 50, 100));
            const bool some = setting.share_percent < 100;
            if (some && setting.share_percent > kMostOfSome) {
              return reader.wrong("share", "cannot be told from all connections");
            }
            SPLITSITE_TRY(const std::int64_t seed, reader.count("seed", 0, 0xffffffff));
            if (reader.given("seed") && !some) return reader.wrong("seed", "needs share");
            if (reader.given("status") && setting.kind != Kind::HttpError) {
              return reader.wrong("status", "needs kind=http-error");
            }
            setting.status = static_cast<int>(status);
            setting.seed = static_cast<std::uint64_t>(seed);
            return std::unique_ptr<Fault>(std::make_unique<ManagerErrors>(manager, setting));
          },
          .example = "kind=http-error status=503"};
}

}  // namespace splitsite
