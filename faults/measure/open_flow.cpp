#include "faults/measure/open_flow.hpp"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "harness/time/eventually.hpp"

namespace splitsite {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Outcome = FlowResult::Outcome;

constexpr Duration kAnswerWait = seconds(1);
// TCP doubles the pause before each repetition, up to two minutes: after a long fault an old
// connection stays silent about as long again.
constexpr Duration kLongestPause = seconds(130);

struct Ask {
  Prober& prober;
  const Way& way;
  const FlowId& id;
};

std::string text_of(const Ask& ask, const FlowResult& result) {
  return fmt::format("open connection {}: {}", describe(ask.way), describe(result));
}

Result<std::string> await(const Bench& bench, const Ask& ask, const std::string& claim,
                          Duration bound, const std::function<bool(Outcome)>& wanted) {
  const Wait wait{.what = claim, .bound = bound, .every = milliseconds(50), .stop = bench.stop};
  auto seen = eventually<std::string>(bench.clock, wait, [&]() -> Probed<std::string> {
    auto result = ask.prober.exchange(ask.id, kAnswerWait);
    if (!result) return NotYet{result.error().message()};
    const std::string text = text_of(ask, result.value());
    if (!wanted(result.value().outcome)) return NotYet{text};
    return text;
  });
  if (!seen) return not_proven(claim, seen.error().message());
  return seen;
}

}  // namespace

Result<OpenFlow> OpenFlow::open(const Bench& bench, const Way& way) {
  SPLITSITE_TRY(auto id, bench.prober.open_flow(way.from, way.to, way.network));
  OpenFlow flow(bench.prober, way, std::move(id));
  SPLITSITE_TRY_VOID(flow.answers(bench));
  return flow;
}

Result<OpenFlow> OpenFlow::open_to(const Bench& bench, const Way& way, int port) {
  SPLITSITE_TRY(auto id, bench.prober.open_flow_to_port(way.from, way.to, way.network, port));
  return OpenFlow(bench.prober, way, std::move(id));
}

OpenFlow::OpenFlow(Prober& prober, Way way, FlowId id)
    : prober_(&prober), way_(std::move(way)), id_(std::move(id)) {}

OpenFlow::OpenFlow(OpenFlow&& other) noexcept
    : prober_(std::exchange(other.prober_, nullptr)),
      way_(std::move(other.way_)),
      id_(std::move(other.id_)) {}

OpenFlow& OpenFlow::operator=(OpenFlow&& other) noexcept {
  std::swap(prober_, other.prober_);
  std::swap(way_, other.way_);
  std::swap(id_, other.id_);
  return *this;
}

OpenFlow::~OpenFlow() {
  if (prober_ != nullptr) (void)prober_->close_flow(id_);
}

Result<std::string> OpenFlow::answers(const Bench& bench) const {
  const std::string claim = fmt::format("the open connection {} answers", describe(way_));
  return await(bench, {*prober_, way_, id_}, claim, seconds(20),
               [](Outcome outcome) { return outcome == Outcome::Answered; });
}

Result<std::string> OpenFlow::is_silent(const Bench&) const {
  SPLITSITE_TRY(const auto result, prober_->exchange(id_, kAnswerWait));
  const std::string text = text_of({*prober_, way_, id_}, result);
  if (result.outcome == Outcome::Silent) return text;
  return not_proven(fmt::format("the open connection {} is silent", describe(way_)), text);
}

Result<std::string> OpenFlow::is_broken(const Bench& bench) const {
  const std::string claim = fmt::format("the open connection {} is ended", describe(way_));
  return await(bench, {*prober_, way_, id_}, claim, seconds(5),
               [](Outcome outcome) { return outcome == Outcome::Broken; });
}

Result<std::string> OpenFlow::is_over_it(const Bench& bench) const {
  const std::string claim =
      fmt::format("the open connection {} answers or has ended", describe(way_));
  return await(bench, {*prober_, way_, id_}, claim, kLongestPause,
               [](Outcome outcome) { return outcome != Outcome::Silent; });
}

}  // namespace splitsite
