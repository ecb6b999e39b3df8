#include "harness/agent/probes/traffic.hpp"

#include "harness/agent/probes/socket_address.hpp"
#include "harness/agent/probes/stream_datagram.hpp"
#include "harness/agent/probes/stream_sender.hpp"

namespace splitsite::agent {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr Range kStreams{.least = 1, .most = 0xffffffff};
constexpr Range kCounts{.least = 1, .most = 50'000};
constexpr Range kTimeouts{.least = 1, .most = 120'000};

Result<SendPlan> send_plan(Arguments& arguments) {
  SendPlan plan;
  SPLITSITE_TRY(plan.to, address_and_port_in(arguments));
  SPLITSITE_TRY(const auto stream, arguments.whole("stream", kStreams));
  SPLITSITE_TRY(const auto count, arguments.whole("count", kCounts));
  SPLITSITE_TRY(const auto interval,
                arguments.whole("interval_us", {.least = 0, .most = 10'000'000}));
  SPLITSITE_TRY(
      const auto payload,
      arguments.whole_or("payload", 64, {.least = shortest_datagram, .most = longest_datagram}));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  plan.stream = static_cast<std::uint32_t>(stream);
  plan.count = static_cast<int>(count);
  plan.interval = microseconds(interval);
  plan.payload = static_cast<std::size_t>(payload);
  return plan;
}

void send_stream(EventLoop& loop, Arguments& arguments, const Answer& answer) {
  const auto plan = send_plan(arguments);
  if (!plan) return answer(plan.error());
  const auto started = StreamSender::start(loop, plan.value(), [answer](int sent) {
    answer(Json{{"sent", sent}});
  });
  if (!started) answer(started.error());
}

Result<Json> open_stream(StreamSinks& sinks, Arguments& arguments) {
  SPLITSITE_TRY(const auto count, arguments.whole("count", kCounts));
  SPLITSITE_TRY(const auto lifetime,
                arguments.whole_or("lifetime_ms", 120'000, {.least = 1, .most = 600'000}));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  SPLITSITE_TRY(const auto opened, sinks.open(static_cast<int>(count), milliseconds(lifetime)));
  return Json{{"stream", opened.stream}, {"port", opened.port}};
}

Json to_json(const Heard& heard) {
  Json transits = Json::array();
  for (const Duration transit : heard.transits) {
    transits.push_back(std::chrono::duration_cast<microseconds>(transit).count());
  }
  return {{"received", heard.received},
          {"duplicates", heard.duplicates},
          {"corrupted", heard.corrupted},
          {"overtaken", heard.overtaken},
          {"gaps", heard.gaps},
          {"transits_us", std::move(transits)},
          {"span_us", std::chrono::duration_cast<microseconds>(heard.span).count()}};
}

struct StreamEnd {
  std::uint32_t stream = 0;
  Duration settle{};
};

Result<StreamEnd> stream_end(Arguments& arguments) {
  SPLITSITE_TRY(const auto stream, arguments.whole("stream", kStreams));
  SPLITSITE_TRY(const auto settle, arguments.whole_or("settle_ms", 0, {.most = 120'000}));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  return StreamEnd{static_cast<std::uint32_t>(stream), milliseconds(settle)};
}

struct FlowStart {
  sockaddr_in to{};
  Duration timeout{};
};

Result<FlowStart> flow_start(Arguments& arguments) {
  SPLITSITE_TRY(const auto to, address_and_port_in(arguments));
  SPLITSITE_TRY(const auto timeout, arguments.whole_or("timeout_ms", 1000, kTimeouts));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  return FlowStart{to, milliseconds(timeout)};
}

struct FlowUse {
  std::string id;
  Duration timeout{};
};

Result<FlowUse> flow_use(Arguments& arguments) {
  SPLITSITE_TRY(const auto id, arguments.text("flow"));
  SPLITSITE_TRY(const auto timeout, arguments.whole_or("timeout_ms", 1000, kTimeouts));
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  return FlowUse{id, milliseconds(timeout)};
}

void add_flows(Dispatcher& dispatcher, Flows& flows) {
  dispatcher.add_slow("flow.open", [&flows](Arguments& arguments, const Answer& answer) {
    const auto start = flow_start(arguments);
    if (!start) return answer(start.error());
    flows.open(start.value().to, start.value().timeout, [answer](Result<std::string> id) {
      if (!id) return answer(id.error());
      answer(Json{{"flow", id.value()}});
    });
  });
  dispatcher.add_slow("flow.exchange", [&flows](Arguments& arguments, const Answer& answer) {
    const auto use = flow_use(arguments);
    if (!use) return answer(use.error());
    flows.exchange(use.value().id, use.value().timeout, [answer](Result<Exchange> done) {
      if (!done) return answer(done.error());
      answer(Json{{"outcome", done.value().outcome}, {"us", done.value().took.count()}});
    });
  });
  dispatcher.add("flow.close", [&flows](Arguments& arguments) -> Result<Json> {
    SPLITSITE_TRY(const auto id, arguments.text("flow"));
    SPLITSITE_TRY_VOID(arguments.nothing_else());
    flows.close(id);
    return Json::object();
  });
}

}  // namespace

Traffic::Traffic(EventLoop& loop, std::uint16_t echo_port, EventLog& events)
    : loop_(loop), flows_(loop), sinks_(loop) {
  auto listening = EchoService::listen(loop, echo_port);
  if (listening) {
    echo_ = std::move(listening.value());
  } else {
    events.emit("echo.failed", {{"why", listening.error().message()}});
  }
}

void Traffic::add_to(Dispatcher& dispatcher) {
  dispatcher.add("stream.open",
                 [this](Arguments& arguments) { return open_stream(sinks_, arguments); });
  dispatcher.add("stream.clock", [](Arguments& arguments) -> Result<Json> {
    SPLITSITE_TRY_VOID(arguments.nothing_else());
    return Json{{"now_ns", stream_now().count()}};
  });
  dispatcher.add_slow("stream.send", [this](Arguments& arguments, const Answer& answer) {
    send_stream(loop_, arguments, answer);
  });
  dispatcher.add_slow("stream.heard", [this](Arguments& arguments, const Answer& answer) {
    const auto end = stream_end(arguments);
    if (!end) return answer(end.error());
    sinks_.heard(end.value().stream, end.value().settle, [answer](Result<Heard> heard) {
      if (!heard) return answer(heard.error());
      answer(to_json(heard.value()));
    });
  });
  add_flows(dispatcher, flows_);
}

}  // namespace splitsite::agent
