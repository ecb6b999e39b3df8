// Streams and flows between two agents of one process, over loopback, with a link in between that
// loses, doubles, damages and reorders what it is told to.
#include "harness/agent/probes/traffic.hpp"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <set>

#include "harness/agent/probes/stream_datagram.hpp"
#include "harness/agent/testing.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using testing::run_until;

struct Node {
  std::unique_ptr<EventLoop> loop = std::move(EventLoop::create().value());
  std::vector<Json> told;
  EventLog events{[this](const Json& event) { told.push_back(event); }};
  std::unique_ptr<Traffic> traffic = std::make_unique<Traffic>(*loop, std::uint16_t{0}, events);
  Json answered;
  Dispatcher dispatcher{[this](const std::string& line) { answered = Json::parse(line); }};

  Node() { traffic->add_to(dispatcher); }
  void begin(const std::string& op, const Json& arguments) {
    answered = Json();
    dispatcher.handle(Json{{"id", 1}, {"op", op}, {"args", arguments}}.dump());
  }
  Json ask(const std::string& op, const Json& arguments) {
    begin(op, arguments);
    run_until(*loop, [&] { return !answered.is_null(); });
    return answered.is_null() || answered.contains("error") ? answered : answered["ok"];
  }
  Json open_flow() {
    return ask("flow.open", {{"address", "127.0.0.1"}, {"port", traffic->echo_port()}})["flow"];
  }
};

// A socket that stands between sender and sink and decides what becomes of each datagram.
struct Link {
  using Fate = std::function<std::vector<std::string>(std::uint32_t number, std::string bytes)>;

  Link(EventLoop& loop, int sink_port, Fate decide) : loop_(loop), fate(std::move(decide)) {
    sockaddr_in own{};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
    socklen_t size = sizeof own;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size);
    port = ntohs(own.sin_port);
    sink = own;
    sink.sin_port = htons(static_cast<std::uint16_t>(sink_port));
    REQUIRE(loop.watch(socket.get(), EPOLLIN, [this](std::uint32_t) { pass(); }).has_value());
  }
  ~Link() { loop_.forget(socket.get()); }

  void pass() {
    std::array<char, 2048> bytes{};
    while (true) {
      const ssize_t got = ::recv(socket.get(), bytes.data(), bytes.size(), 0);
      if (got < 0) return;
      const std::string datagram(bytes.data(), static_cast<std::size_t>(got));
      const auto sent = stream_datagram_from(datagram);
      REQUIRE(sent.has_value());
      for (const std::string& out : fate(sent->number, datagram)) {
        ::sendto(socket.get(), out.data(), out.size(), 0, reinterpret_cast<const sockaddr*>(&sink),
                 sizeof sink);
      }
    }
  }

  EventLoop& loop_;
  UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  sockaddr_in sink{};
  int port = 0;
  Fate fate;
};

Json stream_through(Node& node, int count, const Link::Fate& fate) {
  const Json opened = node.ask("stream.open", {{"count", count}});
  Link link(*node.loop, opened["port"].get<int>(), fate);
  const Json sent = node.ask("stream.send", {{"address", "127.0.0.1"},
                                             {"port", link.port},
                                             {"stream", opened["stream"]},
                                             {"count", count},
                                             {"interval_us", 500}});
  CHECK(sent["sent"] == count);
  return node.ask("stream.heard", {{"stream", opened["stream"]}, {"settle_ms", 300}});
}

TEST_CASE("A stream over a clear way arrives whole, in order and quickly") {
  Node node;
  const Json heard = stream_through(node, 200, [](std::uint32_t, std::string bytes) {
    return std::vector<std::string>{std::move(bytes)};
  });
  CHECK(heard["received"] == 200);
  CHECK(heard["duplicates"] == 0);
  CHECK(heard["corrupted"] == 0);
  CHECK(heard["overtaken"] == 0);
  CHECK(heard["gaps"] == 0);
  CHECK(heard["span_us"].get<int>() >= 90'000);
  REQUIRE(heard["transits_us"].size() == 200);
  std::vector<int> transits = heard["transits_us"];
  CHECK(*std::min_element(transits.begin(), transits.end()) >= 0);
  CHECK(*std::min_element(transits.begin(), transits.end()) < 10'000);
}

TEST_CASE("What is lost, doubled, damaged or overtaken is counted as that") {
  Node node;
  std::string held;
  const std::set<std::uint32_t> lost{10, 11, 12, 40};
  const Json heard = stream_through(node, 100, [&](std::uint32_t number, std::string bytes) {
    using All = std::vector<std::string>;
    if (lost.contains(number)) return All{};
    if (number == 20 || number == 21) return All{bytes, bytes};
    if (number == 30) {
      bytes[number] = static_cast<char>(bytes[number] ^ 4);  // one bit
      return All{bytes};
    }
    if (number == 50) {
      held = bytes;
      return All{};
    }
    if (number == 51) return All{bytes, held};
    return All{bytes};
  });
  CHECK(heard["received"] == 95);
  CHECK(heard["duplicates"] == 2);
  CHECK(heard["corrupted"] == 1);
  CHECK(heard["overtaken"] == 1);
  CHECK(heard["gaps"] == 3);  // 10 to 12, 30, 40
}

TEST_CASE("A stream of which nothing arrives is told as silence, not as an error") {
  Node node;
  const Json heard = stream_through(
      node, 20, [](std::uint32_t, const std::string&) { return std::vector<std::string>{}; });
  CHECK(heard["received"] == 0);
  CHECK(heard["gaps"] == 1);
}

TEST_CASE("A stream is told once, and closed by its lifetime if nobody asks") {
  Node node;
  const Json opened = node.ask("stream.open", {{"count", 5}});
  CHECK(node.ask("stream.heard", {{"stream", opened["stream"]}})["received"] == 0);
  CHECK(node.ask("stream.heard", {{"stream", opened["stream"]}})["error"]["kind"] == "invalid");
  const Json second = node.ask("stream.open", {{"count", 5}, {"lifetime_ms", 5}});
  CHECK(second["stream"] != opened["stream"]);
  Json late;
  CHECK(run_until(*node.loop, [&] {
    late = node.ask("stream.heard", {{"stream", second["stream"]}});
    return late.contains("error");
  }));
}

TEST_CASE("Every bit of a datagram counts") {
  const std::string whole = to_bytes({.stream = 7, .number = 9, .sent = Duration(123)}, 64);
  REQUIRE(whole.size() == 64);
  const auto back = stream_datagram_from(whole);
  REQUIRE(back.has_value());
  CHECK(back->stream == 7);
  CHECK(back->number == 9);
  CHECK(back->sent == Duration(123));
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    CHECK_FALSE(stream_datagram_from(flipped).has_value());
  }
  CHECK_FALSE(stream_datagram_from("short").has_value());
}

TEST_CASE("A flow answers as long as its far end does, and is broken with it") {
  Node near;
  Node far;
  const Json open =
      near.ask("flow.open", {{"address", "127.0.0.1"}, {"port", far.traffic->echo_port()}});
  // The far end's loop does not run yet: the kernel accepts, nobody answers.
  CHECK(near.ask("flow.exchange", {{"flow", open["flow"]}, {"timeout_ms", 30}})["outcome"] ==
        "silent");
  near.begin("flow.exchange", {{"flow", open["flow"]}, {"timeout_ms", 1500}});
  CHECK(run_until(*near.loop, [&] {
    far.loop->run_once(std::chrono::milliseconds(1));
    return !near.answered.is_null();
  }));
  CHECK(near.answered["ok"]["outcome"] == "answered");
  far.traffic.reset();
  CHECK(near.ask("flow.exchange", {{"flow", open["flow"]}, {"timeout_ms", 500}})["outcome"] ==
        "broken");
  CHECK(near.ask("flow.exchange", {{"flow", open["flow"]}, {"timeout_ms", 500}})["outcome"] ==
        "broken");
}

TEST_CASE("Flows are independent, and a closed one is forgotten") {
  Node node;
  const Json first = node.open_flow();
  const Json second = node.open_flow();
  CHECK(node.ask("flow.exchange", {{"flow", first}})["outcome"] == "answered");
  node.ask("flow.close", {{"flow", first}});
  node.ask("flow.close", {{"flow", first}});
  CHECK(node.ask("flow.exchange", {{"flow", second}})["outcome"] == "answered");
  CHECK(node.ask("flow.exchange", {{"flow", first}})["error"]["why"] == "it is not open");
}

TEST_CASE("Nobody listening is a refused flow") {
  Node node;
  const UniqueFd unheard(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(unheard.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
  socklen_t size = sizeof own;
  ::getsockname(unheard.get(), reinterpret_cast<sockaddr*>(&own), &size);
  const Json answer =
      node.ask("flow.open", {{"address", "127.0.0.1"}, {"port", ntohs(own.sin_port)}});
  CHECK(answer["error"]["kind"] == "refused");
}

TEST_CASE("A second agent on the port says so and measures all the same") {
  Node first;
  std::vector<Json> told;
  EventLog events([&](const Json& event) { told.push_back(event); });
  Traffic second(*first.loop, first.traffic->echo_port(), events);
  REQUIRE(told.size() == 1);
  CHECK(told[0]["event"] == "echo.failed");
}

TEST_CASE("Nonsense for streams and flows is refused before anything is sent") {
  Node node;
  CHECK(node.ask("stream.send", {{"address", "127.0.0.1"},
                                 {"port", 9},
                                 {"stream", 1},
                                 {"count", 1},
                                 {"interval_us", 1},
                                 {"payload", 31}})["error"]["why"] ==
        "\"payload\" is 31, allowed are 32 to 60000");
  CHECK(node.ask("stream.open", {{"count", 0}})["error"]["kind"] == "invalid");
  CHECK(node.ask("flow.open", {{"address", "nowhere"}, {"port", 1}})["error"]["why"] ==
        "it is not an IPv4 address");
}

}  // namespace
}  // namespace splitsite::agent
