#include "faults/manager/manager_errors.hpp"

#include <fmt/format.h>

namespace splitsite {
namespace {

using Kind = ManagerErrors::Kind;

// With half of the connections hit, so many in a row are all spared once in ten million times.
constexpr int kTries = 24;

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
  const int tries = setting_.share_percent < 100 ? kTries : 1;
  int spared = 0;
  std::string last;
  for (int i = 0; i < tries && !bench.stop.stop_requested(); ++i) {
    SPLITSITE_TRY(const ApiAnswers seen, ask_from_outside(bench, seat, {}));
    last = splitsite::describe(seen);
    if (is_hit(seen)) {
      return fmt::format("{} asks the API: {}; {} connections before were spared", seat.observer,
                         last, spared);
    }
    if (!all_good(seen)) break;
    ++spared;
  }
  return not_proven(claim(), fmt::format("{} asks the API: {}", seat.observer, last));
}

CatalogueEntry manager_errors_entry() {
  return {.name = "manager-errors",
          .summary = "the Manager's API fails its clients: reset, silence or an HTTP error",
          .parameters = {manager_parameter(),
                         {"kind", "choice", "what clients see", "http-error",
                          "reset, black-hole, http-error"},
                         {"status", "count", "of kind=http-error", "503", "400 to 599"},
                         {"share", "percent", "of new connections", "100", "50 to 100"},
                         {"seed", "count", "which connections, when it is a share", "1",
                          "0 to 4294967295"}},
          .mechanism =
              "A TCP proxy in the Manager's node listens at its address, which the kernel "
              "prefers to the Manager's listener at all addresses; errors come over TLS "
              "with the Manager's own certificate. Open connections are ended once and "
              "come back.",
          .proof =
              "A client's request on a new connection meets the error; the proxy counts the "
              "connections that were open. Control: the Manager asked by its own loopback "
              "answers.",
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
            SPLITSITE_TRY(const std::int64_t seed, reader.count("seed", 0, 0xffffffff));
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
