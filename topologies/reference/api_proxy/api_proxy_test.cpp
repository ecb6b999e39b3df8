// The proxy before the reference Manager's real API server, which runs in a process of its own as
// it does in a lab: what clients see, what the server still does behind it, and that nothing is
// left of it afterwards.
#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

#include "harness/time/eventually.hpp"
#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"
#include "topologies/reference/api_proxy/ask.hpp"
#include "topologies/reference/api_proxy/front.hpp"
#include "topologies/reference/manager/api/api_server.hpp"
#include "topologies/reference/manager/api/fake_manager.hpp"

namespace splitsite::reference {
namespace {

using namespace std::chrono_literals;

constexpr const char* kOutside = "127.0.0.2";  // stands for the node's address on the network
constexpr const char* kInside = "127.0.0.1";

struct Directory {
  Directory() { path = make_temporary_directory(); }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string path;
};

sockaddr_in at(const char* address, std::uint16_t port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &made.sin_addr);
  return made;
}

// The Manager's API in a child process, which ends with this object.
class Server {
 public:
  explicit Server(const Directory& directory, std::uint16_t wanted_port = 0,
                  const char* listen = "0.0.0.0") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    id_ = ::fork();
    REQUIRE(id_ >= 0);
    if (id_ == 0) serve(directory.path, wanted_port, listen, ends[1]);
    ::close(ends[1]);
    REQUIRE(::read(ends[0], &port_, sizeof port_) == sizeof port_);
    ::close(ends[0]);
    REQUIRE(port_ != 0);
  }
  ~Server() { end(); }
  Server(const Server&) = delete;

  void end() {
    if (id_ <= 0) return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
    id_ = 0;
  }
  std::uint16_t port() const { return port_; }

 private:
  [[noreturn]] static void serve(const std::string& directory, std::uint16_t port,
                                 const char* listen, int told) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // also of a test that was ended by force
    FakeManager manager;
    const auto server = ApiServer::start({.listen_address = listen,
                                          .port = port,
                                          .names = {kInside, kOutside},
                                          .directory = directory,
                                          .account = {.password = "splitsite"}},
                                         manager, steady_clock());
    const std::uint16_t got = server ? server.value()->port() : std::uint16_t{0};
    if (::write(told, &got, sizeof got) != sizeof got) ::_exit(1);
    while (true) ::pause();
  }

  pid_t id_ = 0;
  std::uint16_t port_ = 0;
};

struct Bench {
  Directory directory;
  Server server{directory};
  std::unique_ptr<EventLoop> loop = std::move(EventLoop::create().value());

  std::unique_ptr<Front> stand(const nlohmann::json& treatment) {
    auto front = Front::begin(*loop,
                              {.at = at(kOutside, server.port()),
                               .treatment = treatment_from(treatment).value(),
                               .certificates = directory.path},
                              {});
    REQUIRE(front);
    return std::move(front.value());
  }
  // Runs the proxy while a client does something.
  template <class F>
  auto while_standing(F&& client) {
    auto done = std::async(std::launch::async, std::forward<F>(client));
    while (done.wait_for(0s) != std::future_status::ready) loop->run_once(5ms);
    return done.get();
  }
  nlohmann::json answers(const char* address, Duration timeout = 10s, int count = 2) {
    return while_standing([&] {
      return ask({.address = address,
                  .port = server.port(),
                  .count = count,
                  .timeout = timeout,
                  .ca = directory.path + "/ca.pem"})
          .at("answers");
    });
  }
};

std::string outcome(const nlohmann::json& answers) {
  return answers.at(0).at("outcome").get<std::string>();
}

Duration took(const nlohmann::json& answer) {
  return std::chrono::microseconds(answer.at("took_us").get<long>());
}

// On a connection that is there already; the quickest of a few, because a busy machine only adds.
Duration quickest(Bench& bench, const char* address, Duration good_enough) {
  Duration least = 1h;
  for (int i = 0; i < 10 && least > good_enough; ++i) {
    const auto answers = bench.answers(address);
    CAPTURE(answers.dump());
    REQUIRE(answers.size() == 2);
    CHECK(answers[1].at("status") == 200);
    least = std::min(least, took(answers[1]));
  }
  return least;
}

TEST_CASE("Slow answers come later by what was asked, a new connection's first by twice that") {
  Bench bench;
  CHECK(quickest(bench, kOutside, 150ms) < 300ms);

  const auto front = bench.stand({{"mode", "slow"}, {"per_answer_ms", 300}});
  const auto now = bench.answers(kOutside);
  REQUIRE(now.size() == 2);
  CHECK(took(now[0]) >= 600ms);
  CHECK(took(now[1]) >= 300ms);
  CHECK(quickest(bench, kOutside, 450ms) < 600ms);
  // The server itself is as quick as ever.
  CHECK(quickest(bench, kInside, 150ms) < 300ms);
}

// An answer comes in pieces, each with its own moment; one that came due while the relay looked
// after the others was forgotten until the server hung up, seconds later.
TEST_CASE("Of many slow answers none is forgotten") {
  Bench bench;
  const auto front = bench.stand({{"mode", "slow"}, {"per_answer_ms", 2}});
  constexpr int kMany = 500;
  const auto answers = bench.answers(kOutside, 10s, kMany);
  CHECK(answers.size() == kMany);
  CHECK(std::all_of(answers.begin(), answers.end(), [](const nlohmann::json& answer) {
    return answer.at("outcome") == "answered" && took(answer) < 3s;
  }));
}

TEST_CASE("Reset, silence and errors are what a client sees, and the server serves on behind") {
  Bench bench;
  {
    const auto front = bench.stand({{"mode", "reset"}});
    const auto seen = outcome(bench.answers(kOutside));
    CHECK((seen == "reset" || seen == "refused"));
    CHECK(outcome(bench.answers(kInside)) == "answered");
  }
  {
    const auto front = bench.stand({{"mode", "black-hole"}});
    CHECK(outcome(bench.answers(kOutside, 300ms)) == "silent");
    CHECK(outcome(bench.answers(kInside)) == "answered");
  }
  {
    const auto front = bench.stand({{"mode", "http-error"}, {"status", 502}});
    const auto seen = bench.answers(kOutside);
    REQUIRE(seen.size() == 2);  // with the server's own certificate: it was verified
    CHECK(seen[0].at("status") == 502);
    CHECK(seen[1].at("status") == 502);
    CHECK(bench.answers(kInside)[0].at("status") == 200);
  }
  CHECK(bench.answers(kOutside)[0].at("status") == 200);
}

TEST_CASE("A connection that was open before comes back through the proxy") {
  Bench bench;
  const UniqueFd open(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(open.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const sockaddr_in to = at(kOutside, bench.server.port());
  REQUIRE(::connect(open.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);

  const auto front = bench.stand({{"mode", "black-hole"}});
  const auto ended = bench.while_standing([&] {
    char byte = 0;
    const ssize_t got = ::recv(open.get(), &byte, 1, 0);
    return got < 0 ? -errno : got;
  });
  CHECK(ended <= 0);
  CHECK(ended != -EAGAIN);
  CHECK(front->count().moved == 1);
}

TEST_CASE("A share of the connections is treated, always the same ones for a seed") {
  const auto treated = [](std::uint64_t seed) {
    Bench bench;
    const auto front = bench.stand({{"mode", "reset"}, {"share_percent", 50}, {"seed", seed}});
    std::string pattern;
    for (int i = 0; i < 16; ++i) {
      pattern += outcome(bench.answers(kOutside, 10s, 1)) == "answered" ? '.' : 'x';
    }
    CHECK(front->count().treated + front->count().let_through == 16);
    return pattern;
  };
  const std::string first = treated(7);
  CHECK(std::count(first.begin(), first.end(), 'x') >= 3);
  CHECK(std::count(first.begin(), first.end(), '.') >= 3);
  CHECK(treated(7) == first);
}

TEST_CASE("A server that dies can come back at its port, and is stood in front of again") {
  Bench bench;
  const auto front = bench.stand({{"mode", "reset"}});
  bench.server.end();
  const Wait wait{.what = "the proxy to notice", .bound = 5s, .every = 5ms};
  const auto turned = [&](bool in_force) {
    return eventually<bool>(steady_clock(), wait, [&]() -> Probed<bool> {
      bench.loop->run_once(5ms);
      if (front->count().in_force == in_force) return true;
      return NotYet{in_force ? "it does not stand" : "it still stands"};
    });
  };
  REQUIRE(turned(false));
  CHECK(outcome(bench.answers(kOutside)) == "refused");

  const Server successor(bench.directory, bench.server.port());
  REQUIRE(turned(true));
  CHECK(outcome(bench.answers(kOutside)) != "answered");
  CHECK(outcome(bench.answers(kInside)) == "answered");
}

// Whether the server's listener lets others listen at its port.
bool shares_port(const Server& server) {
  for (const TcpSocket& socket : tcp_sockets(server.port())) {
    if (!socket.listens || socket.address.s_addr != INADDR_ANY) continue;
    const pid_t id = owner_of(socket.inode).value();
    const UniqueFd process = std::move(open_process(id).value());
    for (const OpenDescriptor& open : sockets_of(id)) {
      if (open.inode != socket.inode) continue;
      const UniqueFd copy = std::move(copy_descriptor(process.get(), open.number).value());
      int value = 0;
      socklen_t size = sizeof value;
      ::getsockopt(copy.get(), SOL_SOCKET, SO_REUSEPORT, &value, &size);
      return value != 0;
    }
  }
  return false;
}

TEST_CASE("Afterwards the server's port is its own again") {
  Bench bench;
  CHECK_FALSE(shares_port(bench.server));
  {
    const auto front = bench.stand({{"mode", "reset"}});
    CHECK(shares_port(bench.server));
  }
  CHECK_FALSE(shares_port(bench.server));
}

TEST_CASE("Standing where nobody listens, or at the server's only address, is refused") {
  Bench bench;
  const auto at_nobody = Takeover::begin(at(kOutside, 1));
  REQUIRE_FALSE(at_nobody);
  CHECK_THAT(at_nobody.error().message(), Catch::Contains("nobody listens there"));
  const Server narrow(bench.directory, 0, kOutside);
  const auto at_narrow = Takeover::begin(at(kOutside, narrow.port()));
  REQUIRE_FALSE(at_narrow);
  CHECK_THAT(at_narrow.error().message(), Catch::Contains("at that address alone"));
}

TEST_CASE("A client that goes away takes its relay with it") {
  Bench bench;
  const auto front = bench.stand({{"mode", "slow"}, {"per_answer_ms", 50}});
  for (int i = 0; i < 3; ++i) CHECK(outcome(bench.answers(kOutside)) == "answered");
  const Wait wait{.what = "the relays to end", .bound = 5s, .every = 5ms};
  CHECK(eventually<bool>(steady_clock(), wait, [&]() -> Probed<bool> {
    bench.loop->run_once(5ms);
    if (front->open_connections() == 0) return true;
    return NotYet{std::to_string(front->open_connections()) + " are open"};
  }));
}

TEST_CASE("The kernel's table of sockets is read by port, address and state") {
  const Directory directory;
  const std::string table = directory.path + "/tcp";
  std::ofstream(table)
      << "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
      << "   0: 00000000:01BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        "
         "0 11 1 0000000000000000 100 0 0 10 0\n"
      << "   1: 1F004D0A:01BB 20004D0A:D431 01 00000000:00000000 02:000000D9 00000000     0        "
         "0 12 2 0000000000000000 20 4 30 10 -1\n"
      << "   2: 1F004D0A:01BB 20004D0A:D432 06 00000000:00000000 03:000000D9 00000000     0        "
         "0 0 2 0000000000000000\n"
      << "   3: 1F004D0A:0050 20004D0A:D433 01 00000000:00000000 02:000000D9 00000000     0        "
         "0 13 2 0000000000000000 20 4 30 10 -1\n";
  const auto sockets = tcp_sockets(443, table);
  REQUIRE(sockets.size() == 2);
  CHECK(sockets[0].listens);
  CHECK(sockets[0].inode == 11);
  CHECK_FALSE(sockets[1].listens);
  CHECK(sockets[1].inode == 12);
  CHECK(describe(sockaddr_in{
            .sin_family = AF_INET, .sin_port = htons(443), .sin_addr = sockets[1].address}) ==
        "10.77.0.31:443");
}

TEST_CASE("A treatment that makes no sense is refused by the name of its argument") {
  const auto why = [](const char* text) {
    const auto read = treatment_from(nlohmann::json::parse(text));
    return read ? "accepted: " + describe(read.value()) : read.error().message();
  };
  CHECK(why(R"({"mode":"slow","per_answer_ms":500})") == "accepted: answers 500 ms later");
  CHECK(why(R"({"mode":"http-error","status":500,"share_percent":20})") ==
        "accepted: HTTP status 500, on 20 % of the connections");
  CHECK_THAT(why("{}"), Catch::Contains("mode"));
  CHECK_THAT(why(R"({"mode":"gone"})"), Catch::Contains("slow, reset, black-hole, http-error"));
  CHECK_THAT(why(R"({"mode":"slow"})"), Catch::Contains("per_answer_ms"));
  CHECK_THAT(why(R"({"mode":"slow","per_answer_ms":0})"), Catch::Contains("1 to 60000"));
  CHECK_THAT(why(R"({"mode":"slow","per_answer_ms":"5"})"), Catch::Contains("no number"));
  CHECK_THAT(why(R"({"mode":"reset","status":500})"), Catch::Contains("means nothing"));
  CHECK_THAT(why(R"({"mode":"http-error","status":200})"), Catch::Contains("400 to 599"));
  CHECK_THAT(why(R"({"mode":"reset","share_percent":0})"), Catch::Contains("1 to 100"));
}

}  // namespace
}  // namespace splitsite::reference
