// The tables "fact, rule, test" of the reference cluster: each test they name must be there, so
// that a rule cannot lose its test, nor a test its name, without somebody noticing.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "scripts/testing/catch.hpp"

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = SPLITSITE_SOURCE_DIR;

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// All tests of the source tree, with names that were broken over lines put together again.
std::string all_tests() {
  static const std::regex broken("\"\\s*\\n\\s*\"");
  std::string all;
  for (const char* folder : {"harness", "topologies", "suites", "faults"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      if (!entry.path().filename().string().ends_with("_test.cpp")) continue;
      all += std::regex_replace(text_of(entry.path()), broken, "");
    }
  }
  return all;
}

std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells;
  std::istringstream in(row);
  for (std::string cell; std::getline(in, cell, '|');) cells.push_back(cell);
  return cells;
}

struct Named {
  std::string row;
  std::vector<std::string> tests;
};

// The rows of a table with at least four columns, and what their third names in quotes.
std::vector<Named> rows_of(const std::string& markdown) {
  static const std::regex quoted("\"([^\"]+)\"");
  std::vector<Named> rows;
  std::istringstream in(markdown);
  for (std::string line; std::getline(in, line);) {
    const auto cells = cells_of(line);
    const bool is_row = line.starts_with("| ") && cells.size() >= 5;
    if (!is_row || line.starts_with("| fact |")) continue;
    Named row{.row = line, .tests = {}};
    const std::string& tests = cells[3];
    for (auto it = std::sregex_iterator(tests.begin(), tests.end(), quoted);
         it != std::sregex_iterator(); ++it) {
      row.tests.push_back((*it)[1]);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// A name may leave something out, for which it has an ellipsis: all that it does say must be there.
bool is_in(const std::string& tests, std::string name) {
  const std::string ellipsis = "…";
  for (auto at = name.find(ellipsis); !name.empty(); at = name.find(ellipsis)) {
    std::string part = name.substr(0, at);
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
    if (tests.find(part) == std::string::npos) return false;
    if (at == std::string::npos) return true;
    name.erase(0, at + ellipsis.size());
  }
  return true;
}

// What is named in the table and is in no test.
std::vector<std::string> missing_in(const std::string& markdown, const std::string& tests) {
  std::vector<std::string> missing;
  for (const Named& row : rows_of(markdown)) {
    for (const std::string& name : row.tests) {
      if (!is_in(tests, name)) missing.push_back(name);
    }
  }
  return missing;
}

TEST_CASE("A table that names a test which is not there is noticed") {
  const std::string table =
      "| fact | rule | test | differs from oVirt |\n|---|---|---|---|\n"
      "| 3.1 | grace | core_test: \"both limits\", \"one limit\" | no |\n";
  CHECK(rows_of(table).size() == 1);
  CHECK(missing_in(table, "TEST_CASE(\"It takes both limits\")") ==
        std::vector<std::string>{"one limit"});
  CHECK(is_in("a dead host is fenced", "a dead … fenced"));
  CHECK_FALSE(is_in("a dead host is fenced", "a dead … asked"));
}

TEST_CASE("Every test that the tables of facts name is there") {
  const std::string tests = all_tests();
  REQUIRE(tests.size() > 100'000);
  std::size_t named = 0;
  const std::string table = text_of(kRoot / "topologies/reference/README.md");
  const auto rows = rows_of(table);
  CHECK(rows.size() > 50);
  for (const Named& row : rows) named += row.tests.size();
  CHECK(missing_in(table, tests) == std::vector<std::string>{});
  CHECK(named > 100);
}

}  // namespace
