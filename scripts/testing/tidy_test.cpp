// The rules a machine can check: who may include what, words that do not belong here, sizes, and
// that every source file is built. A rule that fires names the file and the line.
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

struct File {
  std::string path;  // relative to the source tree
  std::vector<std::string> lines;
};

const fs::path kRoot = SPLITSITE_SOURCE_DIR;
const char* const kFolders[] = {"harness", "faults", "topologies", "suites", "reports", "scripts"};

std::vector<std::string> read_lines(const fs::path& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<File> files_ending(const std::vector<std::string>& endings) {
  std::vector<File> files;
  for (const char* folder : kFolders) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const std::string extension = entry.path().extension().string();
      if (std::find(endings.begin(), endings.end(), extension) == endings.end()) continue;
      files.push_back({fs::relative(entry.path(), kRoot).string(), read_lines(entry.path())});
    }
  }
  return files;
}

const std::vector<File>& sources() {
  static const auto files = files_ending({".cpp", ".hpp"});
  return files;
}

bool starts_with_any(const std::string& text, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& prefix) { return text.rfind(prefix, 0) == 0; });
}

std::string where(const File& file, std::size_t line) {
  return file.path + ":" + std::to_string(line + 1);
}

// Every line of every source outside `allowed` that matches; the tidy test itself is exempt.
std::vector<std::string> offenders(const std::string& pattern,
                                   const std::vector<std::string>& allowed) {
  const std::regex expression(pattern);
  std::vector<std::string> found;
  for (const File& file : sources()) {
    if (file.path == "scripts/testing/tidy_test.cpp" || starts_with_any(file.path, allowed))
      continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (std::regex_search(file.lines[i], expression)) found.push_back(where(file, i));
    }
  }
  return found;
}

std::string joined(const std::vector<std::string>& lines) {
  std::ostringstream out;
  for (const std::string& line : lines) out << line << "\n";
  return out.str();
}

void check_none(const std::vector<std::string>& found) {
  INFO(joined(found));
  CHECK(found.empty());
}

TEST_CASE("Foreign libraries are included by their adapters only") {
  // The in-node programs are adapters of their own: each has its libraries at its edge.
  check_none(offenders(R"(#include <libvirt/)", {"harness/adapters/libvirt/", "harness/agent/host/",
                                                 "topologies/reference/hostd/"}));
  check_none(offenders(R"(#include <(netlink|linux/netlink|linux/rtnetlink)/?)",
                       {"harness/adapters/netlink/"}));
  check_none(offenders(R"(#include <curl/)",
                       {"harness/adapters/ovirt/", "topologies/reference/ha_agent/edge/"}));
  check_none(offenders(R"(#include <sanlock)", {"harness/agent/host/", "topologies/reference/"}));
  check_none(offenders(R"(#include <catch2/)", {"scripts/testing/catch.hpp"}));
}

TEST_CASE("Dependencies point one way") {
  check_none(offenders(R"(#include "(suites|faults|topologies)/)",
                       {"suites/", "faults/", "topologies/", "harness/cli/",
                        "harness/agent/volume/", "harness/agent/collector/"}));
  check_none(offenders(R"(#include "harness/(lab/[a-z_]+\.hpp|stage|adapters|cli))",
                       {"harness/lab/", "harness/stage/", "harness/cli/", "harness/adapters/",
                        "harness/agent/", "suites/", "topologies/"}));
}

TEST_CASE("Waiting by time alone happens in one place") {
  check_none(offenders(R"x(sleep_for|sleep_until|\busleep|\bnanosleep|[^_a-z]sleep\()x",
                       {"harness/time/"}));
}

TEST_CASE("Nothing shells out, nothing is left unfinished by its own words") {
  check_none(offenders(R"([^_a-zA-Z.>]system\(|\bpopen\()", {}));
  check_none(offenders(R"(\b(TODO|FIXME|XXX|HACK)\b)", {}));
}

TEST_CASE("Interfaces speak in durations, not in numbers of milliseconds") {
  // In headers; wire formats keep their own units next to their own names.
  const std::regex raw_time(R"(\b(int|long|unsigned|double)\s+\w*(_ms|_seconds|_sec|_us|_ns)\b)");
  std::vector<std::string> found;
  for (const File& file : sources()) {
    if (!file.path.ends_with(".hpp")) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (std::regex_search(file.lines[i], raw_time)) found.push_back(where(file, i));
    }
  }
  check_none(found);
}

TEST_CASE("Files hold one concept and fit on few screens") {
  std::vector<std::string> found;
  for (const File& file : sources()) {
    const std::size_t limit = file.path.ends_with(".hpp") ? 180 : 500;
    if (file.lines.size() > limit) {
      found.push_back(file.path + ": " + std::to_string(file.lines.size()) + " lines, at most " +
                      std::to_string(limit));
    }
  }
  check_none(found);
}

TEST_CASE("Every source file is built") {
  std::string listed;
  for (const char* folder : kFolders) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      if (entry.path().filename() != "CMakeLists.txt") continue;
      for (const std::string& line : read_lines(entry.path())) listed += line + "\n";
    }
  }
  std::vector<std::string> found;
  for (const File& file : sources()) {
    if (!file.path.ends_with(".cpp")) continue;
    if (listed.find(fs::path(file.path).filename().string()) == std::string::npos) {
      found.push_back(file.path);
    }
  }
  check_none(found);
}

TEST_CASE("Headers begin with what they are for, and are guarded") {
  std::vector<std::string> found;
  for (const File& file : sources()) {
    if (!file.path.ends_with(".hpp")) continue;
    const auto pragma = std::find(file.lines.begin(), file.lines.end(), "#pragma once");
    if (pragma == file.lines.end()) found.push_back(file.path + ": no #pragma once");
  }
  check_none(found);
}

}  // namespace
