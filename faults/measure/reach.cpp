#include "faults/measure/reach.hpp"

#include <fmt/format.h>

#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kOpensWithin = seconds(20);
// A SYN that is lost is repeated after a second, so a shorter wait sees one try only.
constexpr Duration kConnectWait = milliseconds(1000);

Result<StreamResult> few_datagrams(const Bench& bench, const Way& way, int payload) {
  return bench.prober.stream({.from = way.from,
                              .to = way.to,
                              .network = way.network,
                              .count = 20,
                              .interval = milliseconds(10),
                              .payload_bytes = payload,
                              .settle = milliseconds(400)});
}

Result<ConnectResult> try_once(const Bench& bench, const Service& service) {
  const Way& way = service.way;
  if (service.port == 0) return bench.prober.connect(way.from, way.to, way.network, kConnectWait);
  return bench.prober.connect_to_port(way.from, way.to, way.network, service.port, kConnectWait);
}

std::string name_of(const Service& service) {
  return service.port == 0 ? describe(service.way)
                           : fmt::format("{} port {}", describe(service.way), service.port);
}

Wait opening(const Bench& bench, const std::string& what) {
  return {.what = what, .bound = kOpensWithin, .every = milliseconds(50), .stop = bench.stop};
}

}  // namespace

Result<std::string> arrives(const Bench& bench, const Way& way, int payload) {
  const std::string claim = fmt::format("datagrams arrive from {}", describe(way));
  auto seen =
      eventually<std::string>(bench.clock, opening(bench, claim), [&]() -> Probed<std::string> {
        auto stream = few_datagrams(bench, way, payload);
        if (!stream) return NotYet{stream.error().message()};
        if (stream.value().received == 0) return NotYet{describe(stream.value())};
        return fmt::format("{}: {}", describe(way), describe(stream.value()));
      });
  if (!seen) return not_proven(claim, seen.error().message());
  return seen;
}

Result<std::string> nothing_arrives(const Bench& bench, const Way& way, int payload) {
  SPLITSITE_TRY(const auto stream, few_datagrams(bench, way, payload));
  const std::string measured = fmt::format("{}: {}", describe(way), describe(stream));
  const bool silent = stream.received == 0 && stream.corrupted == 0 && stream.sent > 0;
  if (!silent) return not_proven("no datagram arrives from " + describe(way), measured);
  return measured;
}

Result<std::string> connects(const Bench& bench, const Service& service) {
  const std::string claim = fmt::format("a new connection {} is made", name_of(service));
  auto seen =
      eventually<std::string>(bench.clock, opening(bench, claim), [&]() -> Probed<std::string> {
        auto tried = try_once(bench, service);
        if (!tried) return NotYet{tried.error().message()};
        const std::string text =
            fmt::format("new connection {}: {}", name_of(service), describe(tried.value()));
        if (tried.value().outcome != ConnectResult::Outcome::Connected) return NotYet{text};
        return text;
      });
  if (!seen) return not_proven(claim, seen.error().message());
  return seen;
}

Result<std::string> connection_times_out(const Bench& bench, const Service& service) {
  SPLITSITE_TRY(const auto tried, try_once(bench, service));
  const std::string text = fmt::format("new connection {}: {}", name_of(service), describe(tried));
  if (tried.outcome == ConnectResult::Outcome::TimedOut) return text;
  return not_proven(fmt::format("a new connection {} gets no answer", name_of(service)), text);
}

Result<std::string> connection_is_refused(const Bench& bench, const Service& service) {
  SPLITSITE_TRY(const auto tried, try_once(bench, service));
  const std::string text = fmt::format("new connection {}: {}", name_of(service), describe(tried));
  using Outcome = ConnectResult::Outcome;
  if (tried.outcome == Outcome::Refused || tried.outcome == Outcome::Unreachable) return text;
  return not_proven(fmt::format("a new connection {} is refused", name_of(service)), text);
}

Result<std::string> both_ways_silent(const Bench& bench, const Way& way) {
  SPLITSITE_TRY(const auto there, nothing_arrives(bench, way));
  SPLITSITE_TRY(const auto back, nothing_arrives(bench, turned(way)));
  SPLITSITE_TRY(const auto fresh, connection_times_out(bench, {way}));
  return fmt::format("{}; {}; {}", there, back, fresh);
}

Result<std::string> both_ways_open(const Bench& bench, const Way& way) {
  SPLITSITE_TRY(const auto there, arrives(bench, way));
  SPLITSITE_TRY(const auto back, arrives(bench, turned(way)));
  SPLITSITE_TRY(const auto fresh, connects(bench, {way}));
  return fmt::format("{}; {}; {}", there, back, fresh);
}

}  // namespace splitsite
