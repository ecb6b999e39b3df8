#include "harness/observe/history.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "harness/observe/kinds.hpp"
#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

std::string fresh_path() {
  const std::string dir = make_temporary_directory().string();
  return std::string(dir) + "/history.jsonl";
}

TEST_CASE("An event survives the way to disk and back with its window rounded outwards") {
  const Event event{{1500ns, 2500ns}, "host-b1", kind::vm_running, "vm-1", {{"running", true}}};
  const auto back = event_from_line(to_line(event));
  REQUIRE(back.has_value());
  CHECK(back.value().at == Window{1us, 3us});
  CHECK(back.value().actor == "host-b1");
  CHECK(back.value().subject == "vm-1");
  CHECK(back.value().data.at("running") == true);
}

TEST_CASE("A history is read in the order of time, without the line its writer died in") {
  const std::string path = fresh_path();
  ManualClock clock;
  auto writer = HistoryWriter::create(path, clock);
  REQUIRE(writer.has_value());
  writer.value().record(Event{{5s, 6s}, "host-b1", kind::vm_running, "vm-1", {}});
  writer.value().record(Event{{2s, 2s}, "harness", kind::run_phase, "", {{"phase", "fault"}}});
  REQUIRE(writer.value().close().has_value());
  std::ofstream(path, std::ios::app) << R"({"at_us":[7,8],"actor":"ha)";

  const auto events = read_history(path);
  REQUIRE(events.has_value());
  REQUIRE(events.value().size() == 2);
  CHECK(events.value()[0].kind == kind::run_phase);
  std::filesystem::remove_all(std::filesystem::path(path).parent_path());
}

TEST_CASE("A broken line in the middle is an error that names the line") {
  const std::string path = fresh_path();
  std::ofstream(path) << "{\"at_us\":[1,1],\"actor\":\"a\",\"kind\":\"x\"}\nnonsense\n"
                      << "{\"at_us\":[2,2],\"actor\":\"a\",\"kind\":\"x\"}\n";
  const auto events = read_history(path);
  REQUIRE(events.has_error());
  CHECK_THAT(events.error().message(), Catch::Contains("line 2"));
  std::filesystem::remove_all(std::filesystem::path(path).parent_path());
}

TEST_CASE("A history never overwrites another one") {
  const std::string path = fresh_path();
  ManualClock clock;
  REQUIRE(HistoryWriter::create(path, clock).has_value());
  CHECK(HistoryWriter::create(path, clock).has_error());
  std::filesystem::remove_all(std::filesystem::path(path).parent_path());
}

TEST_CASE("Windows that end before they begin are refused") {
  CHECK(event_from_line(R"({"at_us":[3,2],"actor":"a","kind":"x"})").has_error());
}

}  // namespace
}  // namespace splitsite
