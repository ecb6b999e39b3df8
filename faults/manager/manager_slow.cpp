#include "faults/manager/manager_slow.hpp"

#include <fmt/format.h>

namespace splitsite {
namespace {

constexpr Duration kLeast = std::chrono::milliseconds(100);
constexpr Duration kMost = std::chrono::seconds(15);

}  // namespace

std::string ManagerSlow::describe() const {
  return fmt::format("answers of the Manager's API {} late", format_duration(per_answer_));
}

std::string ManagerSlow::claim() const {
  return fmt::format("each answer of the API comes {} later", format_duration(per_answer_));
}

nlohmann::json ManagerSlow::parameters() const {
  return {{"per_answer", format_duration(per_answer_)}};
}

nlohmann::json ManagerSlow::treatment() const {
  using std::chrono::milliseconds;
  return {{"mode", "slow"},
          {"per_answer_ms", std::chrono::duration_cast<milliseconds>(per_answer_).count()}};
}

// The handshake of the new connection is late too. How late at most is not judged: load only adds.
Result<std::string> ManagerSlow::seen_by_clients(const Bench& bench,
                                                 const ManagerSeat& seat) const {
  SPLITSITE_TRY(
      const ApiAnswers seen,
      ask_from_outside(bench, seat,
                       {.count = 2, .timeout = 2 * per_answer_ + std::chrono::seconds(5)}));
  const std::string text = fmt::format("{} asks the API: {}; before: {}", seat.observer,
                                       splitsite::describe(seen), splitsite::describe(before()));
  if (!all_good(seen) || seen[0].took < 2 * per_answer_ || quickest_repeat(seen) < per_answer_) {
    return not_proven(claim(), text);
  }
  return text;
}

bool ManagerSlow::as_before(const ApiAnswers& now) const {
  return all_good(now) && quickest_repeat(now) < per_answer_;
}

CatalogueEntry manager_slow_entry() {
  return {.name = "manager-slow",
          .summary = "every answer of the Manager's API comes late",
          .parameters = {manager_parameter(),
                         {"per-answer", "duration", "how late", "1s", "100 ms to 15 s"}},
          .mechanism =
              "A TCP proxy in the Manager's node listens at its address, which the kernel "
              "prefers to the Manager's listener at all addresses, and keeps back what "
              "the Manager sends. Open connections are ended once and come back.",
          .proof =
              "A client's requests on a new connection take the added time, its first twice "
              "that for the handshake; a connection that was open is ended, and the proxy counts "
              "it. Control: the Manager asked by its own loopback answers in less.",
          .undo = "The proxy ends, and with it its connections; a client is answered as before.",
          .limits =
              "Concerns the API, not the Manager's own connections to the hosts. A Manager "
              "that listens at one address only cannot be stood in for.",
          .make = [](const ParameterReader& reader) -> Result<std::unique_ptr<Fault>> {
            SPLITSITE_TRY(const NodeId manager, read_manager(reader));
            SPLITSITE_TRY(const Duration late,
                          reader.whole_milliseconds("per-answer", kLeast, kMost));
            return std::unique_ptr<Fault>(std::make_unique<ManagerSlow>(manager, late));
          },
          .example = "per-answer=1s"};
}

}  // namespace splitsite
