#include "faults/link/replication_parted.hpp"

#include <fmt/format.h>

#include "faults/measure/replicas.hpp"
#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// A silent peer is missed after 3 s, the witness asked within 2 s more, 1.5 s later by the
// secondary site; a busy emulated node makes several times that of it.
constexpr Duration kResetWithin = seconds(30);
constexpr Duration kSettledWithin = minutes(4);  // with the boot of the node that lost

struct Found {
  bool parted = true;
  StorageLives lives;
  std::string text;
};

Result<Found> look(const Bench& bench) {
  Found found;
  SPLITSITE_TRY(found.lives, storage_lives(bench));
  for (const auto& [node, life] : found.lives) {
    SPLITSITE_TRY(const Replica replica, read_replica(bench, node));
    const bool together = replica.connection == "Connected" ||
                          replica.connection.starts_with("Sync") ||
                          replica.connection.starts_with("PausedSync");
    found.parted = found.parted && !together;
    found.text +=
        fmt::format("{}{}: {}", found.text.empty() ? "" : "; ", node, splitsite::describe(replica));
  }
  return found;
}

StorageLives changed_since(const StorageLives& before, const StorageLives& now) {
  StorageLives changed;
  for (const auto& [node, life] : now) {
    const auto was = before.find(node);
    if (was != before.end() && was->second != life) changed[node] = life;
  }
  return changed;
}

}  // namespace

Result<StorageLives> storage_lives(const Bench& bench) {
  StorageLives lives;
  for (const NodeId& node : storage_nodes(bench.config)) {
    SPLITSITE_TRY(const auto seen,
                  bench.nodes.observe(node, "node.reboot", nlohmann::json::object()));
    lives[node] = seen.value("boot_id", "");
  }
  return lives;
}

Result<Parted> await_parting(const Bench& bench, const StorageLives& before) {
  const std::string claim = "the replicas have parted, and who may go on alone is settled";
  const Deadline reset_by(bench.clock, kResetWithin);
  const Wait wait{
      .what = claim, .bound = kSettledWithin, .every = milliseconds(500), .stop = bench.stop};
  auto settled = eventually<Parted>(bench.clock, wait, [&]() -> Probed<Parted> {
    const auto found = look(bench);
    if (!found) return NotYet{found.error().message()};
    auto changed = changed_since(before, found.value().lives);
    std::string text = found.value().text;
    if (!found.value().parted) return NotYet{text};
    if (changed.empty() && !reset_by.passed(bench.clock)) return NotYet{text + "; no reset yet"};
    for (const auto& [node, life] : changed) {
      text += fmt::format("; {} lost the arbitration and was reset", node);
    }
    if (changed.empty()) text += "; neither was reset";
    return Parted{std::move(text), std::move(changed)};
  });
  if (settled || settled.error().kind != ErrorKind::TimedOut) return settled;
  return not_proven(claim, settled.error().why);
}

}  // namespace splitsite
