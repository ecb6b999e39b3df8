#include "faults/storage/disk.hpp"

#include <fmt/format.h>

#include <functional>

#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kSilence = seconds(1);

double ms(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

const char* word(DiskFlow flow) { return flow == DiskFlow::Open ? "open" : "new"; }

DiskLook look_from(const nlohmann::json& attempts) {
  DiskLook look;
  for (const auto& attempt : attempts) {
    const Duration took = microseconds(attempt.value("took_us", 0LL));
    const std::string outcome = attempt.value("outcome", "");
    if (outcome == "done") {
      look.quickest = look.done == 0 ? took : std::min(look.quickest, took);
      ++look.done;
    } else if (outcome == "failed") {
      ++look.failed;
      look.why = attempt.value("why", "");
    } else {
      look.silent = true;
      look.silent_for = took;
    }
  }
  return look;
}

// One look through each flow, each of which must be as `wanted`.
Result<std::string> both_flows(const Bench& bench, const Disk& disk, const std::string& claim,
                               const std::function<bool(const DiskLook&)>& wanted) {
  std::string text;
  for (const DiskFlow flow : {DiskFlow::Open, DiskFlow::New}) {
    auto seen = look_at(bench, disk, flow, 1, kSilence);
    if (!seen) return not_proven(claim, seen.error().message());
    text +=
        fmt::format("{}{} flow: {}", text.empty() ? "" : ", ", word(flow), describe(seen.value()));
    if (!wanted(seen.value())) return not_proven(claim, fmt::format("{}, {}", disk.words, text));
  }
  return fmt::format("{}, {}", disk.words, text);
}

const char* verb(const Disk& disk) { return disk.op == DiskOp::Read ? "reading" : "writing"; }

}  // namespace

std::string describe(const DiskLook& look) {
  if (look.silent) return fmt::format("silent for {:.0f} ms", ms(look.silent_for));
  if (look.failed > 0) return fmt::format("failed ({})", look.why);
  return fmt::format("{} done, the quickest in {:.1f} ms", look.done, ms(look.quickest));
}

Result<DiskLook> look_at(const Bench& bench, const Disk& disk, DiskFlow flow, int count,
                         Duration bound) {
  nlohmann::json arguments{{"device", disk.path},
                           {"op", disk.op == DiskOp::Read ? "read" : "write"},
                           {"flow", word(flow)},
                           {"count", count},
                           {"bound_ms", duration_cast<milliseconds>(bound).count()}};
  if (disk.from_the_start) arguments["offset"] = 0;
  SPLITSITE_TRY(const auto seen, bench.nodes.observe(disk.node, "io.probe", arguments));
  return look_from(seen.value("attempts", nlohmann::json::array()));
}

Result<std::string> disk_serves(const Bench& bench, const Disk& disk, Duration bound) {
  const std::string claim = fmt::format("{} {} works", verb(disk), disk.words);
  const Wait wait{.what = claim, .bound = bound, .every = milliseconds(250), .stop = bench.stop};
  auto seen = eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    auto now = both_flows(bench, disk, claim, [](const DiskLook& look) { return look.done == 1; });
    if (!now) return NotYet{now.error().why};
    return now.value();
  });
  if (!seen) return not_proven(claim, seen.error().message());
  return seen;
}

Result<std::string> disk_fails(const Bench& bench, const Disk& disk) {
  return both_flows(bench, disk, fmt::format("{} {} fails", verb(disk), disk.words),
                    [](const DiskLook& look) { return look.failed == 1; });
}

Result<std::string> disk_is_silent(const Bench& bench, const Disk& disk) {
  return both_flows(bench, disk, fmt::format("{} {} gets no answer", verb(disk), disk.words),
                    [](const DiskLook& look) { return look.silent; });
}

Result<Duration> disk_time(const Bench& bench, const Disk& disk) {
  constexpr int kTries = 5;
  SPLITSITE_TRY(const DiskLook seen, look_at(bench, disk, DiskFlow::New, kTries, seconds(12)));
  if (seen.done > 0) return seen.quickest;
  return not_proven(fmt::format("{} {} works", verb(disk), disk.words), describe(seen));
}

}  // namespace splitsite
