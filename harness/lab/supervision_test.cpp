// The real supervisor with real namespaces and a real libvirtd: needs root and libvirtd, and says
// so where they are missing.
#include "harness/lab/supervision.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "harness/lab/supervisor_record.hpp"
#include "harness/time/eventually.hpp"
#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

using namespace splitsite;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

bool can_run() {
  if (::geteuid() != 0) {
    WARN("skipped: a lab's namespaces need root");
    return false;
  }
  if (!fs::exists("/usr/sbin/libvirtd")) {
    WARN("skipped: no libvirtd on this machine");
    return false;
  }
  return true;
}

struct LabDirectory {
  LabDirectory() {
    path = make_temporary_directory();
    fs::create_directories(path / "run");
    fs::create_directories(path / "log");
  }
  ~LabDirectory() {
    if (const auto left = record()) (void)end_process(left->supervisor, 2s);
    fs::remove_all(path);
  }
  SupervisorLaunch launch() const {
    return {.program = SPLITSITE_SUPERVISOR,
            .arguments = {"--lab", path.string(), "--bridge", "site-w", "--address", "10.77.0.3/24",
                          "--on", "site-w"},
            .log = (path / "log/supervisor.log").string()};
  }
  std::optional<SupervisorRecord> record() const {
    const auto read = read_supervisor_record(supervisor_record_path(path.string()));
    return read ? read.value() : std::nullopt;
  }
  fs::path path;
};

// Processes whose command line names the lab, or that live in its PID namespace.
int processes_of(const SupervisorRecord& record, const std::string& pid_namespace) {
  int count = is_alive(record.supervisor) ? 1 : 0;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::error_code code;
    const fs::path link = fs::read_symlink(entry.path() / "ns/pid", code);
    if (!code && link == pid_namespace) ++count;
  }
  return count;
}

void expect_all_gone(const SupervisorRecord& record, const std::string& pid_namespace) {
  const auto gone = eventually<std::monostate>(
      steady_clock(), {.what = "the lab to be gone", .bound = 3s, .every = 10ms},
      [&]() -> Probed<std::monostate> {
        const int left = processes_of(record, pid_namespace);
        if (left == 0) return std::monostate{};
        return NotYet{fmt::format("{} processes left", left)};
      });
  INFO((gone ? "" : gone.error().message()));
  CHECK(gone.has_value());
}

// Empty when its init has ended, and with it all that was in there.
std::string pid_namespace_of(const SupervisorRecord& record) {
  std::error_code ended;
  return fs::read_symlink(fmt::format("/proc/{}/ns/pid", record.init.pid), ended).string();
}

}  // namespace

TEST_CASE("A supervisor's lab has its own network and ends with SIGTERM, leaving nothing") {
  if (!can_run()) return;
  const LabDirectory lab;
  auto supervision = Supervision::launch(lab.launch());
  INFO((supervision ? "" : supervision.error().message()));
  REQUIRE(supervision);
  const auto record = lab.record();
  REQUIRE(record);
  CHECK(record->runs());
  CHECK(fs::read_symlink(record->netns()) != fs::read_symlink("/proc/self/ns/net"));
  CHECK_FALSE(fs::exists("/sys/class/net/site-w"));
  const std::string inside = pid_namespace_of(*record);
  REQUIRE(!inside.empty());
  CHECK(processes_of(*record, inside) >= 3);  // supervisor, init, libvirtd
  CHECK(end_process(record->supervisor, 3s));
  expect_all_gone(*record, inside);
  CHECK_FALSE(fs::exists(supervisor_record_path(lab.path.string())));
}

TEST_CASE("A lab ends with its owner, unless its owner has let go of it") {
  if (!can_run()) return;
  const LabDirectory owned;
  const LabDirectory detached;
  const pid_t owner = ::fork();
  if (owner == 0) {
    auto first = Supervision::launch(owned.launch());
    auto second = Supervision::launch(detached.launch());
    const bool well = first && second && second.value().detach();
    if (!well) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  int how = 0;
  ::waitpid(owner, &how, 0);
  REQUIRE(WIFSIGNALED(how));
  const auto kept = detached.record();
  REQUIRE(kept);
  if (const auto ending = owned.record()) expect_all_gone(*ending, pid_namespace_of(*ending));
  CHECK_FALSE(owned.record());
  CHECK(kept->runs());
}

TEST_CASE("Killing the supervisor or its init with SIGKILL leaves nothing running") {
  if (!can_run()) return;
  for (const bool kill_init : {false, true}) {
    const LabDirectory lab;
    auto supervision = Supervision::launch(lab.launch());
    REQUIRE(supervision);
    const auto record = lab.record();
    REQUIRE(record);
    const std::string inside = pid_namespace_of(*record);
    REQUIRE(!inside.empty());
    ::kill(kill_init ? record->init.pid : record->supervisor.pid, SIGKILL);
    ::waitpid(record->supervisor.pid, nullptr, 0);
    expect_all_gone(*record, inside);
    CHECK_FALSE(record->runs());
  }
}

TEST_CASE("A supervisor that cannot build its lab says why") {
  if (!can_run()) return;
  const LabDirectory lab;
  SupervisorLaunch launch = lab.launch();
  launch.arguments.insert(launch.arguments.end(), {"--bridge", "site-w"});  // twice the same name
  const auto supervision = Supervision::launch(launch);
  REQUIRE_FALSE(supervision);
  CHECK(supervision.error().why.find("site-w") != std::string::npos);
}
