#include "harness/agent/disks/storage_paths.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/agent/probes/tcp_probe.hpp"

namespace splitsite::agent {
namespace {

namespace fs = std::filesystem;

constexpr const char* multipath_device = "splitsite-paths";

std::string first_word(const fs::path& file) {
  std::string word;
  std::ifstream(file) >> word;
  return word;
}

// The entries of a folder whose names begin so, in order; none if it is not there.
std::vector<fs::path> entries(const fs::path& folder, const std::string& prefix) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// sys/class/iscsi_session/session1/device/target2:0:0/2:0:0:0/block/sda
void find_disk(const fs::path& session, StoragePath& path) {
  for (const fs::path& target : entries(session / "device", "target")) {
    for (const fs::path& unit : entries(target, "")) {
      for (const fs::path& disk : entries(unit / "block", "sd")) {
        path.device = disk.filename().string();
        path.number = first_word(disk / "dev");
      }
    }
  }
}

// The connection of "session1" is "connection1:0".
std::string portal_of(const fs::path& sys, const std::string& session) {
  const std::string number = session.substr(std::string("session").size());
  const fs::path connection = sys / "class/iscsi_connection" / ("connection" + number + ":0");
  // "address" is the peer's only while connected.
  return first_word(connection / "persistent_address");
}

}  // namespace

std::vector<StoragePath> read_storage_paths(const std::string& sys) {
  std::vector<StoragePath> paths;
  for (const fs::path& session : entries(fs::path(sys) / "class/iscsi_session", "session")) {
    StoragePath path{.portal = portal_of(sys, session.filename().string()),
                     .session = first_word(session / "state"),
                     .device = {},
                     .number = {}};
    find_disk(session, path);
    paths.push_back(std::move(path));
  }
  return paths;
}

// "… A 0 1 2 8:0 A 0 0 1 E 0 1 2 8:16 F 1 0 1": each path's number is followed by A or F.
std::map<std::string, bool> multipath_states(const DiskTable& status) {
  std::map<std::string, bool> states;
  for (const auto& part : status) {
    std::istringstream words(part.parameters);
    std::string before;
    for (std::string word; words >> word; before = word) {
      if (before.find(':') != std::string::npos && (word == "A" || word == "F")) {
        states[before] = word == "A";
      }
    }
  }
  return states;
}

Result<Json> StoragePaths::observe(const Json& given) {
  Arguments arguments("storage.paths", given);
  SPLITSITE_TRY_VOID(arguments.nothing_else());
  SPLITSITE_TRY(const auto status, layers_.status(multipath_device));
  const auto states = multipath_states(status);
  Json paths = Json::array();
  for (const StoragePath& path : read_storage_paths(sys_)) {
    const auto state = states.find(path.number);
    const bool active = state != states.end() && state->second;
    paths.push_back({{"portal", path.portal},
                     {"session", path.session},
                     {"device", path.device},
                     {"multipath", active ? "active" : "failed"}});
  }
  return Json{{"paths", paths}};
}

void StoragePortal::observe_later(const Json& given, const Answer& answer) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  const auto bound = [&]() -> Result<Duration> {
    Arguments arguments("storage.portal", given);
    SPLITSITE_TRY(const auto address, arguments.text("address"));
    SPLITSITE_TRY(const auto port, arguments.whole_or("port", 3260, {.least = 1, .most = 65535}));
    SPLITSITE_TRY(const auto limit, arguments.whole("bound_ms", {.least = 10, .most = 12'000}));
    SPLITSITE_TRY_VOID(arguments.nothing_else());
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::inet_pton(AF_INET, address.c_str(), &to.sin_addr) == 1) {
      return Duration(std::chrono::milliseconds(limit));
    }
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "connect to the portal",
                 .subject = address,
                 .why = "it is no IPv4 address"};
  }();
  if (!bound) return answer(bound.error());
  const auto started = probe_tcp(loop_, to, bound.value(), [answer](const TcpOutcome& outcome) {
    answer(Json{{"outcome", outcome.outcome}, {"took_us", outcome.took.count()}});
  });
  if (!started) answer(started.error());
}

}  // namespace splitsite::agent
