#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"
#include "topologies/reference/witness/client.hpp"
#include "topologies/reference/witness/fence_peer.hpp"
#include "topologies/reference/witness/server.hpp"

namespace splitsite::reference {
namespace {

using namespace std::chrono_literals;

const WitnessRequest a_asks{
    .op = WitnessOp::Fence, .resource = "r0", .node = "sto-a", .peer = "sto-b"};
const WitnessRequest b_asks{
    .op = WitnessOp::Fence, .resource = "r0", .node = "sto-b", .peer = "sto-a"};
const WitnessRequest query{.op = WitnessOp::Query, .resource = "r0"};

WitnessRequest release_by(const std::string& node, std::uint64_t generation) {
  return {.op = WitnessOp::Release, .resource = "r0", .node = node, .generation = generation};
}

// An arbiter with a memory, as the server is, without a network.
struct Witness {
  WitnessState state;
  WitnessReply operator()(const WitnessRequest& request) {
    auto ruling = decide(state, request, 5ns);
    state = ruling.state;
    return ruling.reply;
  }
};

TEST_CASE("The first to ask wins, is granted again when it asks again, and the other is refused") {
  Witness witness;
  CHECK(witness(b_asks).granted);
  CHECK_FALSE(witness(a_asks).granted);
  CHECK(witness(a_asks).holder == "sto-b");
  CHECK(witness(b_asks).granted);
}

TEST_CASE("Resources are decided apart from each other") {
  Witness witness;
  CHECK(witness(b_asks).granted);
  auto other = a_asks;
  other.resource = "r1";
  CHECK(witness(other).granted);
}

TEST_CASE("A release begins a new generation in which anybody may win") {
  Witness witness;
  const auto held = witness(b_asks);
  const auto free = witness(release_by("sto-b", held.generation));
  CHECK(free.granted);
  CHECK_FALSE(free.holder);
  CHECK(free.generation > held.generation);
  CHECK(witness(a_asks).granted);
}

TEST_CASE("A release decided before the replicas parted again does not free the lock") {
  Witness witness;
  const auto seen = witness(b_asks);
  witness(b_asks);  // parted again: the holder's handler asked
  const auto late = witness(release_by("sto-b", seen.generation));
  CHECK_FALSE(late.granted);
  CHECK(late.holder == "sto-b");
  CHECK_FALSE(witness(a_asks).granted);
}

TEST_CASE("A query changes nothing and a free lock has no holder") {
  Witness witness;
  CHECK_FALSE(witness(query).holder);
  CHECK(witness(query).generation == witness(query).generation);
  CHECK(witness.state.decisions.empty());
}

TEST_CASE("Grants, refusals and releases are all kept for who watches the state, up to a bound") {
  Witness witness;
  witness(b_asks);
  witness(a_asks);
  REQUIRE(witness.state.decisions.size() == 2);
  CHECK(witness.state.decisions[0].granted);
  CHECK_FALSE(witness.state.decisions[1].granted);
  CHECK(witness.state.decisions[1].node == "sto-a");
  for (int i = 0; i < 500; ++i) witness(b_asks);
  CHECK(witness.state.decisions.size() == WitnessState::decisions_kept);
  CHECK(witness.state.decisions.back().number == 502);
}

TEST_CASE(
    "The state survives being written and read; a broken one is an error, not a fresh start") {
  Witness witness;
  witness(b_asks);
  auto again = state_from_json(to_json(witness.state));
  REQUIRE(again);
  CHECK(again.value().locks.at("r0").holder == "sto-b");
  CHECK(again.value().decisions.size() == 1);
  CHECK_FALSE(state_from_json("{\"locks\":"));
  CHECK_FALSE(state_from_json("{}"));
}

TEST_CASE("Malformed requests are refused with the reason") {
  const auto why = [](const std::string& line) { return request_from_line(line).error().why; };
  CHECK(why("hello") == "it is not JSON");
  CHECK(why("[1]") == "it is not a JSON object");
  CHECK(why(R"({"op":"steal","resource":"r0"})") ==
        "unknown op \"steal\"; known are fence, release and query");
  CHECK(why(R"({"op":"fence","resource":7})") == "\"resource\" is not a string");
  CHECK(why(R"({"op":"fence","resource":"r0","node":"sto-a"})") == "\"peer\" is missing");
  CHECK(why(R"({"op":"fence","resource":"r0","node":"x","peer":"x"})") ==
        "\"node\" and \"peer\" are the same");
  CHECK(why(R"({"op":"release","resource":"r0","node":"x"})") ==
        "a release needs the \"generation\" it saw");
  CHECK(why(R"({"op":"query","resource":"r0","generation":-1})") ==
        "\"generation\" is not a whole number");
}

// A real server on a free port of the loopback, run by its own thread.
class RunningWitness {
 public:
  explicit RunningWitness(const std::filesystem::path& state)
      : loop_(std::move(EventLoop::create().value())),
        server_(std::move(
            WitnessServer::listen(*loop_, "127.0.0.1", 0, StateFile(state.string())).value())),
        thread_([this] { loop_->run(); }) {}
  ~RunningWitness() {
    loop_->post([this] { loop_->stop(); });
    thread_.join();
  }
  Result<WitnessReply> ask(const WitnessRequest& request) const {
    return ask_witness(address(), request, 2s);
  }
  WitnessAddress address() const { return {"127.0.0.1", server_->port()}; }

 private:
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<WitnessServer> server_;
  std::thread thread_;
};

struct Folder {
  std::filesystem::path path;
  Folder() { path = make_temporary_directory(); }
  ~Folder() { std::filesystem::remove_all(path); }
};

TEST_CASE("A witness that was stopped and started keeps the holder") {
  const Folder folder;
  const auto file = folder.path / "state.json";
  { CHECK(RunningWitness(file).ask(b_asks).value().granted); }
  const RunningWitness again(file);
  CHECK(again.ask(query).value().holder == "sto-b");
  CHECK_FALSE(again.ask(a_asks).value().granted);
}

TEST_CASE("A witness does not start on a state it cannot read") {
  const Folder folder;
  const auto file = folder.path / "state.json";
  std::ofstream(file) << "not a state";
  auto loop = std::move(EventLoop::create().value());
  CHECK_FALSE(WitnessServer::listen(*loop, "127.0.0.1", 0, StateFile(file.string())));
}

TEST_CASE("A witness that cannot save grants nothing") {
  const RunningWitness witness("/proc/no/such/folder/state.json");
  const auto reply = witness.ask(b_asks);
  REQUIRE_FALSE(reply);
  CHECK(reply.error().kind == ErrorKind::Refused);
  CHECK_FALSE(witness.ask(query).value().holder);
}

TEST_CASE("A client that says nothing, or nonsense, does not keep others from being served") {
  const Folder folder;
  const RunningWitness witness(folder.path / "state.json");
  const UniqueFd silent(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(witness.address().port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(silent.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  REQUIRE(::send(silent.get(), "{\"op\"", 5, MSG_NOSIGNAL) == 5);
  WitnessRequest nonsense = query;
  nonsense.resource = std::string(3000, 'x');
  CHECK_FALSE(witness.ask(nonsense));
  CHECK(witness.ask(b_asks).value().granted);
}

TEST_CASE("Nobody listening is reported as such, at once") {
  const auto reply = ask_witness({"127.0.0.1", 1}, query, 2s);
  REQUIRE_FALSE(reply);
  CHECK(reply.error().kind == ErrorKind::Unavailable);
}

TEST_CASE("The handler waits its head start, retries, and tells DRBD what the witness said") {
  ManualClock clock;
  const Instant start = clock.now();
  Witness witness;
  int asked = 0;
  Duration first_asked{};
  const AskWitness ask = [&](const WitnessRequest& request) -> Result<WitnessReply> {
    if (++asked == 1) first_asked = clock.now() - start;
    if (asked < 3) return Error{.kind = ErrorKind::TimedOut, .attempted = "ask the witness"};
    return witness(request);
  };
  CHECK(fence_peer(clock, {.head_start = 1500ms}, b_asks, ask).exit == FenceExit::Granted);
  CHECK(first_asked == 1500ms);
  CHECK(asked == 3);
  CHECK(fence_peer(clock, {}, a_asks, ask).exit == FenceExit::Lost);
}

TEST_CASE("A witness out of reach leaves the I/O frozen, with a code DRBD gives no meaning to") {
  ManualClock clock;
  const AskWitness ask = [](const WitnessRequest&) -> Result<WitnessReply> {
    return Error{.kind = ErrorKind::TimedOut, .attempted = "ask the witness"};
  };
  const auto outcome = fence_peer(clock, {.give_up_after = 10s}, b_asks, ask);
  CHECK(outcome.exit == FenceExit::Frozen);
  for (const int meaning_for_drbd : {3, 4, 5, 6, 7}) {
    CHECK(static_cast<int>(outcome.exit) != meaning_for_drbd);
  }
}

TEST_CASE("The lock is released only when both replicas are seen up to date") {
  Witness witness;
  witness(b_asks);
  const AskWitness ask = [&](const WitnessRequest& r) -> Result<WitnessReply> {
    return witness(r);
  };
  DrbdStatus drbd{.connection = "SyncSource", .disk = "UpToDate", .peer_disk = "Inconsistent"};
  const auto read = [&]() -> Result<DrbdStatus> { return drbd; };
  CHECK_FALSE(release_lock("r0", "sto-b", ask, read));
  CHECK(witness(query).holder == "sto-b");
  drbd = {.connection = "Connected", .disk = "UpToDate", .peer_disk = "UpToDate"};
  CHECK(release_lock("r0", "sto-a", ask, read));
  CHECK_FALSE(witness(query).holder);
}

TEST_CASE("Replicas that part while a release is decided keep their lock") {
  Witness witness;
  witness(b_asks);
  const AskWitness ask = [&](const WitnessRequest& r) -> Result<WitnessReply> {
    return witness(r);
  };
  const auto read = [&]() -> Result<DrbdStatus> {
    DrbdStatus seen{.connection = "Connected", .disk = "UpToDate", .peer_disk = "UpToDate"};
    witness(b_asks);
    return seen;
  };
  CHECK_FALSE(release_lock("r0", "sto-a", ask, read));
  CHECK(witness(query).holder == "sto-b");
}

}  // namespace
}  // namespace splitsite::reference
