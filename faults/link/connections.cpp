#include "faults/link/connections.hpp"

#include <fmt/format.h>

#include "faults/measure/reach.hpp"

namespace splitsite {
namespace {

constexpr Duration kOneTry = std::chrono::seconds(1);

Result<std::string> try_once(const Bench& bench, const Way& way, bool wanted) {
  SPLITSITE_TRY(const auto tried, bench.prober.connect(way.from, way.to, way.network, kOneTry));
  const std::string text = fmt::format("new connection {}: {}", describe(way), describe(tried));
  const bool made = tried.outcome == ConnectResult::Outcome::Connected;
  if (made == wanted) return text;
  const char* claim = wanted ? "a new connection {} is made" : "no new connection {} is made";
  return not_proven(fmt::format(fmt::runtime(claim), describe(way)), text);
}

}  // namespace

Result<std::string> connects_at_once(const Bench& bench, const Way& way) {
  return try_once(bench, way, true);
}

Result<std::string> new_connection_as_cut(const Bench& bench, const Meeting& meeting) {
  if (meeting.there == Cut::None && meeting.back == Cut::None) {
    return connects(bench, {meeting.way});
  }
  if (meeting.there == Cut::Drop) return connection_times_out(bench, {meeting.way});
  // With the way back dropping everything, the refusal is dropped too.
  if (meeting.there == Cut::Reject && meeting.back != Cut::Drop) {
    return connection_is_refused(bench, {meeting.way});
  }
  // The answers die on their way back; nobody tells the end that waits for them.
  return try_once(bench, meeting.way, false);
}

Result<std::string> open_connection_as_cut(const Bench& bench, const Meeting& meeting,
                                           const OpenFlow& flow) {
  if (meeting.there == Cut::None && meeting.back == Cut::None) return flow.answers(bench);
  if (meeting.there == Cut::Drop) return flow.is_silent(bench);
  if (meeting.there == Cut::Reject && meeting.back != Cut::Drop) return flow.is_broken(bench);
  // Silent until the far end, told that its answers are refused, has ended the connection.
  auto silent = flow.is_silent(bench);
  if (silent || meeting.back == Cut::Drop) return silent;
  return flow.is_broken(bench);
}

}  // namespace splitsite
