#include "harness/agent/probes/probes.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "harness/agent/event_log.hpp"
#include "harness/agent/testing.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using testing::run_until;

struct Prober {
  std::unique_ptr<EventLoop> loop = std::move(EventLoop::create().value());
  Json answered;
  Dispatcher dispatcher{[this](const std::string& line) { answered = Json::parse(line); }};

  Prober() { add_probes(dispatcher, *loop); }
  Json ask(const std::string& op, const Json& arguments) {
    answered = Json();
    dispatcher.handle(Json{{"id", 1}, {"op", op}, {"args", arguments}}.dump());
    run_until(*loop, [&] { return !answered.is_null(); });
    return answered;
  }
};

std::uint16_t port_of(int socket) {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size);
  return ntohs(own.sin_port);
}

TEST_CASE("A port that listens is connected to, one that does not refuses") {
  Prober prober;
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
  const Json where{{"address", "127.0.0.1"}, {"port", port_of(listener.get())}};
  CHECK(prober.ask("probe.tcp", where)["ok"]["outcome"] == "refused");
  REQUIRE(::listen(listener.get(), 1) == 0);
  CHECK(prober.ask("probe.tcp", where)["ok"]["outcome"] == "connected");
}

TEST_CASE("Nonsense is refused before anything is sent") {
  Prober prober;
  CHECK(prober.ask("probe.tcp", {{"address", "localhost"}, {"port", 1}})["error"]["why"] ==
        "it is not an IPv4 address");
  CHECK(prober.ask("probe.tcp", {{"address", "127.0.0.1"}, {"port", 70000}})["error"]["why"] ==
        "\"port\" is 70000, allowed are 1 to 65535");
  CHECK(prober.ask("probe.ping", {{"address", "127.0.0.1"}, {"count", 0}})["error"]["why"] ==
        "\"count\" is 0, allowed are 1 to 1000");
}

TEST_CASE("Pings are counted and timed, or the missing privilege is named") {
  Prober prober;
  const Json answer =
      prober.ask("probe.ping", {{"address", "127.0.0.1"}, {"count", 5}, {"interval_ms", 5}});
  if (answer.contains("error")) {
    CHECK(answer["error"]["kind"] == "refused");
    return;
  }
  CHECK(answer["ok"]["sent"] == 5);
  CHECK(answer["ok"]["received"] == 5);
  CHECK(answer["ok"]["rtt_us"].size() == 5);
}

}  // namespace
}  // namespace splitsite::agent
