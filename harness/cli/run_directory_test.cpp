#include "harness/cli/run_directory.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

namespace splitsite::cli {
namespace {

TEST_CASE("Two runs of one second get two directories and latest names the last") {
  const std::string dir = make_temporary_directory().string();
  const auto first = make_run_directory(dir);
  const auto second = make_run_directory(dir);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(first.value().path != second.value().path);
  CHECK(std::filesystem::read_symlink(std::string(dir) + "/latest") == second.value().id.str());
  std::filesystem::remove_all(dir);
}

TEST_CASE("What is not a run is refused with a reason") {
  CHECK(judge_run("/nonexistent").has_error());
  const std::string dir = make_temporary_directory().string();
  std::ofstream(std::string(dir) + "/history.jsonl")
      << "{\"at_us\":[0,0],\"actor\":\"x\",\"kind\":\"y\"}\n\n";
  const auto judged = judge_run(dir);
  REQUIRE(judged.has_error());
  CHECK_THAT(judged.error().message(), Catch::Contains("no run.start"));
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace splitsite::cli
