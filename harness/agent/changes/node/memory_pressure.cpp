#include "harness/agent/changes/node/memory_pressure.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>

#include "harness/agent/changes/node/helper.hpp"

namespace splitsite::agent {
namespace {

constexpr Range kPercent{.least = 10, .most = 95};
constexpr std::uint64_t kPiece = 1024 * 1024;

// In the helper. Piece by piece, so that the kernel gives way as it would to a leaking program.
void hold_memory(std::uint64_t bytes) {
  for (std::uint64_t held = 0; held < bytes; held += kPiece) {
    void* piece =
        ::mmap(nullptr, kPiece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (piece == MAP_FAILED || ::mlock(piece, kPiece) != 0) std::_Exit(EXIT_FAILURE);
  }
  while (true) ::pause();
}

// Bytes by the names of /proc/meminfo.
std::map<std::string, std::uint64_t> read_meminfo(const std::string& path) {
  std::map<std::string, std::uint64_t> values;
  std::ifstream file(path);
  std::string name;
  std::string rest;
  std::uint64_t kib = 0;
  while (file >> name >> kib && std::getline(file, rest)) values[name] = kib * 1024;
  return values;
}

Result<Json> look(const std::string& path) {
  auto values = read_meminfo(path);
  if (values.count("MemTotal:") > 0 && values.count("MemAvailable:") > 0) {
    return Json{{"total", values["MemTotal:"]},
                {"available", values["MemAvailable:"]},
                {"locked", values["Mlocked:"]}};
  }
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "read the memory's state from",
               .subject = path,
               .why = "it has no MemTotal or no MemAvailable"};
}

}  // namespace

Result<Json> MemoryPressure::prepare(const Json& arguments) {
  Arguments given("memory.press", arguments);
  SPLITSITE_TRY(const auto percent, given.whole("percent", kPercent));
  SPLITSITE_TRY_VOID(given.nothing_else());
  SPLITSITE_TRY(const auto now, look(meminfo_));
  const auto available = now["available"].get<std::uint64_t>();
  const std::uint64_t bytes = available * static_cast<std::uint64_t>(percent) / 100;
  return Json{{"bytes", bytes / kPiece * kPiece}};
}

Result<Json> MemoryPressure::apply(const Json&, Json& remembered) {
  const std::uint64_t bytes = remembered.value("bytes", std::uint64_t{0});
  SPLITSITE_TRY(const Helper helper,
                start_helper({.name = "fault-memory", .work = [bytes] { hold_memory(bytes); }}));
  std::ofstream("/proc/" + std::to_string(helper.pid) + "/oom_score_adj") << 1000;
  remembered["helper"] = to_json(helper);
  return Json{{"bytes", bytes}};
}

Result<void> MemoryPressure::revert(const Json& remembered) {
  end_helper(helper_from(remembered.value("helper", Json())));
  return success();
}

Result<Json> MemoryPressure::observe(const Json& arguments) {
  SPLITSITE_TRY_VOID(Arguments("memory.press", arguments).nothing_else());
  return look(meminfo_);
}

}  // namespace splitsite::agent
