#include "harness/agent/channel/channel.hpp"

#include <fcntl.h>
#include <stdlib.h>

#include <fstream>

#include "harness/agent/testing.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using testing::Folder;
using testing::Reader;
using testing::run_until;

// A channel on a socket of its own, and what came over it.
struct Line {
  Folder folder;
  std::unique_ptr<EventLoop> loop = std::move(EventLoop::create().value());
  std::vector<std::string> lines;
  int oversized = 0;
  int readers = 0;
  std::string path = (folder.path / "agent.sock").string();
  Channel channel{*loop,
                  path,
                  {.line = [this](const std::string& line) { lines.push_back(line); },
                   .oversized_line = [this] { ++oversized; },
                   .reader_came = [this] { ++readers; }}};
  Line() { REQUIRE(channel.open()); }
  bool until(const std::function<bool()>& done) { return run_until(*loop, done); }
};

TEST_CASE("Lines arrive whole, also in pieces, and an oversized one is reported and skipped") {
  Line line;
  Reader reader(*line.loop, line.path);
  REQUIRE(reader.connected());
  reader.write("{\"a\"");
  line.until([&] { return line.readers == 1; });
  reader.write(":1}\n\n");
  REQUIRE(line.until([&] { return line.lines.size() == 1; }));
  CHECK(line.lines[0] == "{\"a\":1}");
  reader.write(std::string(Channel::longest_line + 1, 'x'));
  line.until([&] { return line.oversized == 1; });
  reader.write("rest of it\nnext\n");
  REQUIRE(line.until([&] { return line.lines.size() == 2; }));
  CHECK(line.lines[1] == "next");
  CHECK(line.oversized == 1);
}

TEST_CASE("A reader who leaves in the middle of a line does not spoil it for the next one") {
  Line line;
  {
    Reader first(*line.loop, line.path);
    first.write("{\"half\":");
    REQUIRE(line.until([&] { return line.readers == 1; }));
  }
  Reader second(*line.loop, line.path);
  second.write("whole\n");
  REQUIRE(line.until([&] { return !line.lines.empty(); }));
  CHECK(line.lines == std::vector<std::string>{"whole"});
  CHECK(line.readers == 2);
}

TEST_CASE("Without a reader lines are dropped at once, and nothing waits or spins") {
  Line line;
  for (int i = 0; i < 100'000; ++i) line.channel.send("nobody hears this");
  Reader reader(*line.loop, line.path);
  REQUIRE(line.until([&] { return line.readers == 1; }));
  line.channel.send("{\"event\":\"first\"}");
  CHECK(reader.event("first")["event"] == "first");
}

TEST_CASE("A reader that does not read is given no more than the bound, and catches up later") {
  Line line;
  Reader reader(*line.loop, line.path);
  REQUIRE(line.until([&] { return line.readers == 1; }));
  const std::string filler = "{\"filler\":\"" + std::string(1000, 'x') + "\"}";
  for (int i = 0; i < 10'000; ++i) line.channel.send(filler);
  const auto none = [](const nlohmann::json&) { return false; };
  CHECK(reader.await(none).is_null());  // reads all there is
  line.channel.send("{\"event\":\"after\"}");
  CHECK(reader.event("after")["event"] == "after");
}

// A pseudo-terminal behaves as a virtio port does where it matters: a character device that reports
// a hang-up, again and again, while nobody has its other end open.
TEST_CASE("A character device without a reader is not read in a circle") {
  UniqueFd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(::grantpt(master.get()) == 0);
  REQUIRE(::unlockpt(master.get()) == 0);
  auto loop = std::move(EventLoop::create().value());
  std::vector<std::string> lines;
  Channel channel(*loop, ::ptsname(master.get()),
                  {.line = [&](const std::string& line) { lines.push_back(line); },
                   .oversized_line = [] {},
                   .reader_came = [] {}});
  REQUIRE(channel.open());
  REQUIRE(::write(master.get(), "hello\n", 6) == 6);
  CHECK(run_until(*loop, [&] { return !lines.empty(); }));
  CHECK(lines == std::vector<std::string>{"hello"});
  master.reset();
  int rounds = 0;
  const Deadline deadline(steady_clock(), std::chrono::milliseconds(100));
  for (; !deadline.passed(steady_clock()); ++rounds) loop->run_once(std::chrono::milliseconds(20));
  CHECK(rounds < 20);  // level-triggered, it would be thousands
}

TEST_CASE("A virtio port is found by its name, with udev's link or without") {
  const Folder folder;
  namespace fs = std::filesystem;
  const fs::path sys = folder.path / "sys" / "vport2p1";
  fs::create_directories(sys);
  std::ofstream(sys / "name") << "org.splitsite.agent.0\n";
  const auto find = [&](const std::string& name) {
    return find_virtio_port(name, (folder.path / "dev").string(), (folder.path / "sys").string());
  };
  CHECK(find("org.splitsite.agent.0") == (folder.path / "dev" / "vport2p1").string());
  CHECK(find("another").empty());
  fs::create_directories(folder.path / "dev" / "virtio-ports");
  std::ofstream(folder.path / "dev" / "virtio-ports" / "another") << "";
  CHECK(find("another") == (folder.path / "dev" / "virtio-ports" / "another").string());
}

}  // namespace
}  // namespace splitsite::agent
