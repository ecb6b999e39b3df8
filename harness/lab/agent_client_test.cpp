#include "harness/lab/agent_client.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <thread>

#include "harness/event_loop/line_buffer.hpp"
#include "harness/lab/agents.hpp"
#include "harness/time/eventually.hpp"
#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

using namespace splitsite;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::int64_t now_ns() { return steady_clock().now().time_since_epoch().count(); }

// What QEMU and the agent behind it look like from outside: one connection at a time, JSON lines.
// Its clock is one hour ahead of the machine's.
class FakeAgent {
 public:
  explicit FakeAgent(std::string path) : path_(std::move(path)) { power_on(); }
  ~FakeAgent() { power_off(); }

  void power_on() {
    ::unlink(path_.c_str());
    listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_.get(), 4) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  void power_off() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    if (connection_ >= 0) ::shutdown(connection_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    listener_.reset();
  }
  // A node that resets keeps its connection, for that is QEMU's: half a line, then a new agent.
  void reset(const std::string& boot) {
    boot_ = boot;
    events_ = json::array();
    write_raw(R"({"event":"torn)");
    write_raw("\n");
    emit("agent.start", {{"boot_id", boot}});
  }
  void emit(const std::string& kind, json fields, bool live = true) {
    fields["event"] = kind;
    fields["at_ns"] = node_now();
    fields["seq"] = events_.size() + 1;
    events_.push_back(fields);
    if (live) write_raw(fields.dump() + "\n");
  }
  void set_mute(bool mute) { mute_ = mute; }

 private:
  static std::int64_t node_now() { return now_ns() + Duration(1h).count(); }

  void write_raw(const std::string& text) {
    if (connection_ >= 0) (void)!::send(connection_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  void serve() {
    while (true) {
      const UniqueFd accepted(::accept(listener_.get(), nullptr, nullptr));
      if (!accepted) return;
      connection_ = accepted.get();
      LineBuffer lines(1 << 20);
      char chunk[4096];
      ssize_t got = 0;
      while ((got = ::read(accepted.get(), chunk, sizeof chunk)) > 0) {
        lines.add({chunk, static_cast<std::size_t>(got)});
        while (auto line = lines.next()) answer(*line);
      }
      connection_ = -1;
    }
  }
  void answer(const std::string& line) {
    if (line.empty() || mute_) return;
    const json request = json::parse(line);
    json reply{{"id", request["id"]}};
    if (request["op"] == "hello") {
      reply["ok"] = {{"node", "host-a1"}, {"boot_id", boot_}, {"now_ns", node_now()}};
    } else if (request["op"] == "ping") {
      reply["ok"] = {{"now_ns", node_now()}};
    } else if (request["op"] == "events.since") {
      json newer = json::array();
      for (const json& event : events_) {
        if (event["seq"] > request["args"]["seq"]) newer.push_back(event);
      }
      reply["ok"] = {{"events", newer}};
    } else if (request["op"] == "echo") {
      reply["ok"] = request["args"];
    } else if (request["op"] == "never") {
      return;
    } else {
      reply["error"] = {{"kind", "refused"},
                        {"attempted", "do"},
                        {"subject", "it"},
                        {"why", "because"},
                        {"hint", "ask again"}};
    }
    write_raw(reply.dump() + "\n");
  }

  std::string path_;
  UniqueFd listener_;
  std::atomic<int> connection_ = -1;
  std::atomic<bool> mute_ = false;
  std::string boot_ = "boot-1";
  json events_ = json::array();
  std::thread thread_;
};

struct Fixture {
  Fixture() {
    directory = make_temporary_directory();
    std::filesystem::create_directories(directory / "host-a1");
    agent.emplace((directory / "host-a1/agent.sock").string());
  }
  ~Fixture() {
    agents.reset();
    agent.reset();
    std::filesystem::remove_all(directory);
  }
  AgentClient& connect() {
    agents = Agents::connect({NodeId("host-a1")}, directory.string()).value();
    agents->subscribe([this](const AgentEvent& event) {
      const std::lock_guard lock(mutex);
      seen.push_back(event);
    });
    return (*agents)[NodeId("host-a1")];
  }
  std::vector<AgentEvent> events() {
    const std::lock_guard lock(mutex);
    return seen;
  }
  void wait_for(const std::string& what, const std::function<bool()>& done) {
    INFO(what);
    const auto result = eventually<std::monostate>(
        steady_clock(), {.what = what, .bound = 5s, .every = 5ms}, [&]() -> Probed<std::monostate> {
          if (done()) return std::monostate{};
          return NotYet{"no"};
        });
    REQUIRE(result.has_value());
  }
  void wait_for_answering(AgentClient& client) {
    wait_for("the agent to answer", [&] { return client.status().answering; });
  }

  std::filesystem::path directory;
  std::optional<FakeAgent> agent;
  std::mutex mutex;
  std::vector<AgentEvent> seen;
  std::unique_ptr<Agents> agents;
};

}  // namespace

TEST_CASE("A request is answered, and a refusal comes back as the agent's error") {
  Fixture f;
  AgentClient& client = f.connect();
  f.wait_for_answering(client);
  CHECK(client.call("echo", {{"x", 7}}, 2s).value()["x"] == 7);
  const auto refused = client.call("unknown", json::object(), 2s);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::Refused);
  CHECK(refused.error().why.find("because") != std::string::npos);
}

TEST_CASE("An agent that does not answer costs the caller its deadline and no more") {
  Fixture f;
  AgentClient& client = f.connect();
  f.wait_for_answering(client);
  const Instant before = steady_clock().now();
  const auto answer = client.call("never", json::object(), 100ms);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::TimedOut);
  CHECK(steady_clock().now() - before < 2s);
}

TEST_CASE("A node without power is unavailable at once, and is found again when it is back") {
  Fixture f;
  AgentClient& client = f.connect();
  f.wait_for_answering(client);
  f.agent->power_off();
  f.wait_for("the loss to be noticed", [&] { return !client.status().connected; });
  const auto answer = client.call("echo", json::object(), 10s);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::Unavailable);
  f.agent->power_on();
  f.wait_for_answering(client);
  CHECK(client.call("echo", {{"x", 1}}, 2s));
}

TEST_CASE("A request is not left for an agent that starts later to find") {
  Fixture f;
  f.agent->set_mute(true);
  AgentClient& client = f.connect();
  f.wait_for("the socket to be connected", [&] { return client.status().connected; });
  const auto answer = client.call("echo", json::object(), 1s);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().kind == ErrorKind::Unavailable);
}

TEST_CASE("Events of before the connection are fetched, and each event comes once and in order") {
  Fixture f;
  f.agent->emit("step", {{"text", "one"}}, /*live=*/false);
  f.agent->emit("step", {{"text", "two"}}, /*live=*/false);
  AgentClient& client = f.connect();
  f.wait_for_answering(client);
  f.agent->emit("step", {{"text", "three"}});
  f.wait_for("three events", [&] { return f.events().size() >= 3; });
  const auto events = f.events();
  REQUIRE(events.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(events[i].seq == i + 1);
  CHECK(events[2].fields["text"] == "three");
}

TEST_CASE("An event's window holds the moment it happened on the machine's clock") {
  Fixture f;
  AgentClient& client = f.connect();
  f.wait_for_answering(client);
  const Duration before = Duration(now_ns());
  f.agent->emit("vm.process", {{"vm", "vm-1"}, {"up", true}});
  const Duration after = Duration(now_ns());
  f.wait_for("the event", [&] { return f.events().size() == 1; });
  const AgentEvent event = f.events().front();
  CHECK(event.at.lo <= after);
  CHECK(event.at.hi >= before);
  CHECK(event.at.hi - event.at.lo < 1s);  // the hour between the clocks is gone
}

TEST_CASE("A node that resets keeps the socket, and its new agent is heard from its first event") {
  Fixture f;
  f.agent->emit("step", {{"text", "old"}}, /*live=*/false);
  AgentClient& client = f.connect();
  f.wait_for_answering(client);
  f.wait_for("the old event", [&] { return f.events().size() == 1; });
  f.agent->reset("boot-2");
  f.wait_for("the new boot", [&] { return client.status().boot_id == "boot-2"; });
  f.agent->emit("step", {{"text", "new"}});
  f.wait_for("the new events", [&] { return f.events().size() >= 3; });
  const auto events = f.events();
  REQUIRE(events.size() == 3);
  CHECK(events[1].kind == "agent.start");
  CHECK(events[2].fields["text"] == "new");
}
