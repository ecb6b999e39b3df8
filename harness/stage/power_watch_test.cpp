#include "harness/stage/power_watch.hpp"

#include <fstream>

#include "harness/lab/power/switch_log.hpp"
#include "harness/observe/kinds.hpp"
#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

namespace splitsite {
namespace {

using std::chrono::milliseconds;

struct Watched {
  std::string folder = make_temporary_directory();
  std::string log = folder + "/power.jsonl";
  HistoryWriter history = HistoryWriter::create(folder + "/history.jsonl", steady_clock()).value();

  void write(const std::string& text) const { std::ofstream(log, std::ios::app) << text; }
};

TEST_CASE("What a power controller switches is a power event of that host, at its own time") {
  Watched watched;
  const Instant start = watched.history.start();
  const power::Switched off{.host = NodeId("host-a1"),
                            .on = false,
                            .began = start + milliseconds(5),
                            .ended = start + milliseconds(9)};
  REQUIRE(power::append(watched.log, off));
  CHECK(PowerWatch::look(watched.log, 0, watched.history) > 0);
  const Events events = watched.history.events();
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == kind::node_power);
  CHECK(events[0].subject == "host-a1");
  CHECK_FALSE(events[0].data.value("on", true));
  CHECK(events[0].at.lo == milliseconds(5));
  CHECK(events[0].at.hi == milliseconds(9));
}

TEST_CASE("A line is recorded once and when it is whole; one that cannot be read is said") {
  Watched watched;
  CHECK(PowerWatch::look(watched.log, 0, watched.history) == 0);  // nothing was ever switched
  watched.write("{\"host\":\"host-a1\",");
  long offset = PowerWatch::look(watched.log, 0, watched.history);
  CHECK(offset == 0);
  watched.write("\"on\":true,\"began_ns\":1,\"ended_ns\":2}\nnonsense\n");
  offset = PowerWatch::look(watched.log, offset, watched.history);
  CHECK(PowerWatch::look(watched.log, offset, watched.history) == offset);
  const Events events = watched.history.events();
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == kind::node_power);
  CHECK(events[1].kind == kind::environment_error);
}

}  // namespace
}  // namespace splitsite
