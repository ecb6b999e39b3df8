// The changes of a node, as far as a test may make them on the machine it runs on: on files, a few
// MiB of memory, a file system in a mount namespace of its own. Real-time spinners and real panics
// are for nodes.
#include "harness/agent/changes/node/node_changes.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <sstream>

#include "harness/agent/changes/node/cpu_starvation.hpp"
#include "harness/agent/changes/node/disk_full.hpp"
#include "harness/agent/changes/node/going_down.hpp"
#include "harness/agent/changes/node/helper.hpp"
#include "harness/agent/changes/node/memory_pressure.hpp"
#include "harness/agent/processes/process_table.hpp"
#include "harness/agent/testing.hpp"
#include "harness/time/eventually.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

bool soon(const std::function<bool()>& done) {
  const Wait wait{.what = "the test's condition", .bound = 10s, .every = 5ms};
  return eventually<bool>(steady_clock(), wait,
                          [&]() -> Probed<bool> {
                            if (done()) return true;
                            return NotYet{"not yet"};
                          })
      .has_value();
}

std::string text_of(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void wait_for_ever() {
  while (true) ::pause();
}

TEST_CASE("A helper runs under its name until it is ended, and is reaped") {
  const Helper helper = start_helper({.name = "fault-test", .work = wait_for_ever}).value();
  CHECK(runs(helper));
  CHECK(soon(
      [&] { return text_of("/proc/" + std::to_string(helper.pid) + "/comm") == "fault-test\n"; }));
  CHECK(helper_from(to_json(helper)).pid == helper.pid);
  end_helper(helper);
  CHECK_FALSE(runs(helper));
  CHECK(::waitpid(helper.pid, nullptr, WNOHANG) == -1);
  end_helper(helper);
}

TEST_CASE("A process that has come to a helper's number is left alone") {
  const Helper helper = start_helper({.name = "fault-test", .work = wait_for_ever}).value();
  const Helper earlier{.pid = helper.pid, .started = helper.started - 1};
  end_helper(earlier);
  CHECK(runs(helper));
  end_helper(helper);
  end_helper(helper_from(Json()));
}

TEST_CASE("A helper holds nothing of the agent open, and ends with it") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t agent = ::fork();
  if (agent == 0) {
    const auto helper = start_helper({.name = "fault-test", .work = wait_for_ever});
    const pid_t pid = helper ? helper.value().pid : 0;
    [[maybe_unused]] const auto put = ::write(ends[1], &pid, sizeof pid);
    std::_Exit(0);
  }
  ::close(ends[1]);
  pid_t pid = 0;
  REQUIRE(::read(ends[0], &pid, sizeof pid) == sizeof pid);
  REQUIRE(pid > 0);
  char rest = 0;
  CHECK(::read(ends[0], &rest, 1) == 0);  // the helper has closed its copy of the far end
  ::close(ends[0]);
  ::waitpid(agent, nullptr, 0);
  CHECK(soon([&] { return !ProcessTable::read(pid).has_value(); }));
}

TEST_CASE("Memory is locked as asked, and given back") {
  testing::Folder folder;
  const auto meminfo = folder.path / "meminfo";
  std::ofstream(meminfo) << "MemTotal:  65536 kB\nMemAvailable:  40960 kB\nMlocked: 12 kB\n";
  MemoryPressure pressure(meminfo.string());
  CHECK(pressure.prepare({{"percent", 96}}).has_error());
  CHECK(pressure.observe(Json::object()).value() ==
        Json{{"total", 65536 * 1024}, {"available", 40960 * 1024}, {"locked", 12 * 1024}});
  const Json arguments{{"percent", 20}};
  Json remembered = pressure.prepare(arguments).value();
  CHECK(pressure.apply(arguments, remembered).value()["bytes"] == 8 * 1024 * 1024);
  const Helper helper = helper_from(remembered["helper"]);
  const std::string process = "/proc/" + std::to_string(helper.pid);
  CHECK(soon([&] {
    return text_of(process + "/status").find("VmLck:\t    8192 kB") != std::string::npos;
  }));
  CHECK(text_of(process + "/oom_score_adj") == "1000\n");
  REQUIRE(pressure.revert(remembered).has_value());
  CHECK_FALSE(runs(helper));
  CHECK(pressure.revert(remembered).has_value());
  CHECK(pressure.revert({{"bytes", 1}}).has_value());  // prepared, never applied
  CHECK(MemoryPressure("/nowhere").prepare(arguments).has_error());
}

// In a mount namespace of this process; false where that is not allowed.
bool mount_own(const std::string& path) {
  return ::unshare(CLONE_NEWNS) == 0 &&
         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=8m") == 0;
}

TEST_CASE("A full disk refuses new and open files, and has its size back afterwards") {
  testing::Folder folder;
  const std::string path = folder.path.string();
  if (!mount_own(path)) {
    WARN("skipped: this process may not mount a file system of its own");
    return;
  }
  std::ofstream(path + "/kept") << "there before";
  {
    DiskFull disk({.file_system = path, .folder = path});
    const Json before = disk.observe(Json::object()).value();
    CHECK(before["new_file"] == "written");
    CHECK(before["open_file"] == "written");
    Json remembered = disk.prepare(Json::object()).value();
    REQUIRE(disk.apply(Json::object(), remembered).has_value());
    const Json full = disk.observe(Json::object()).value();
    CHECK(full["free"] == 0);
    CHECK(full["new_file"] == errno_text(ENOSPC));
    CHECK(full["open_file"] == errno_text(ENOSPC));
    CHECK(text_of(path + "/kept") == "there before");
    for (int i = 0; i < 2; ++i) {
      REQUIRE(disk.revert(remembered).has_value());
      CHECK(disk.observe(Json::object()).value() == before);
    }
  }
  CHECK(::umount(path.c_str()) == 0);
}

TEST_CASE("A node without that file system cannot have its disk full") {
  const auto prepared =
      DiskFull({.file_system = "/nowhere", .folder = "/tmp"}).prepare(Json::object());
  REQUIRE(prepared.has_error());
  CHECK(prepared.error().kind == ErrorKind::Unavailable);
}

struct Node {
  testing::Folder folder;
  PowerPaths paths{.sysrq = (folder.path / "sysrq").string(),
                   .after_panic = (folder.path / "panic").string(),
                   .init_tool = (folder.path / "init-tool").string()};
  Node() {
    std::ofstream(paths.sysrq).flush();
    std::ofstream(paths.after_panic) << "1\n";
    std::ofstream(paths.init_tool)
        << "#!/bin/sh\nprintf %s \"$1\" >" + (folder.path / "asked").string() + "\n";
    ::chmod(paths.init_tool.c_str(), 0700);
  }
};

TEST_CASE("A panic comes after its answer, with what is to follow set before") {
  Node node;
  GoingDown panic(Way::Panic, node.paths);
  CHECK(panic.observe(Json::object()).value()["going_down"] == false);
  const Json arguments{{"then", "hang"}};
  Json remembered = panic.prepare(arguments).value();
  REQUIRE(panic.apply(arguments, remembered).has_value());
  CHECK(text_of(node.paths.after_panic) == "0");
  CHECK(panic.observe(Json::object()).value()["going_down"] == true);
  CHECK(soon([&] { return text_of(node.paths.sysrq) == "c"; }));
  REQUIRE(panic.revert(remembered).has_value());
  CHECK(text_of(node.paths.after_panic) == "1");
  CHECK(panic.prepare({{"then", "dance"}}).has_error());
  node.paths.sysrq = "/nowhere";
  CHECK(GoingDown(Way::Panic, node.paths).prepare(arguments).has_error());
}

TEST_CASE("Shutdown and reboot are asked of init") {
  Node node;
  GoingDown shutdown(Way::Shutdown, node.paths);
  Json remembered = shutdown.prepare(Json::object()).value();
  REQUIRE(shutdown.apply(Json::object(), remembered).has_value());
  CHECK(soon([&] { return text_of(node.folder.path / "asked") == "poweroff"; }));
  CHECK(shutdown.revert(remembered).has_value());
  GoingDown reboot(Way::Reboot, node.paths);
  remembered = reboot.prepare(Json::object()).value();
  REQUIRE(reboot.apply(Json::object(), remembered).has_value());
  CHECK(soon([&] { return text_of(node.folder.path / "asked") == "reboot"; }));
  CHECK(reboot.revert(remembered).has_value());
  CHECK(reboot.prepare({{"when", "now"}}).has_error());
}

TEST_CASE(
    "The time a process without real-time priority gets is measured without keeping the loop") {
  auto loop = EventLoop::create().value();
  CpuStarvation starvation(*loop);
  std::optional<Result<Json>> answer;
  starvation.observe_later({{"for_ms", 100}}, [&](Result<Json> result) { answer = result; });
  CHECK_FALSE(answer.has_value());
  REQUIRE(testing::run_until(*loop, [&] { return answer.has_value(); }));
  REQUIRE(answer->has_value());
  CHECK(answer->value()["wall_ns"] >= 100'000'000);
  CHECK(answer->value()["cpu_ns"] > 0);
  CHECK(answer->value()["cpu_ns"] <= answer->value()["wall_ns"]);
}

// The agent's own way: on one CPU, and before the helper, which so runs only when all is set.
TEST_CASE("A helper keeps the real-time priority it was given before it ran") {
  cpu_set_t all;
  cpu_set_t one;
  REQUIRE(::sched_getaffinity(0, sizeof all, &all) == 0);
  CPU_ZERO(&one);
  CPU_SET(::sched_getcpu(), &one);
  const sched_param before{.sched_priority = 2};
  if (::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &before) != 0) {
    WARN("skipped: this process may not have real-time priority");
    return;
  }
  REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
  const Helper helper = start_helper({.name = "fault-first", .work = wait_for_ever}).value();
  const int ordinary = ::sched_getscheduler(helper.pid);
  const sched_param wanted{.sched_priority = 1};
  const int given = ::sched_setscheduler(helper.pid, SCHED_FIFO, &wanted);
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_OTHER, &none);
  ::sched_setaffinity(0, sizeof all, &all);
  CHECK(ordinary == SCHED_OTHER);
  CHECK(given == 0);
  CHECK(soon([&] {  // it has run, and waits
    const std::string status = text_of("/proc/" + std::to_string(helper.pid) + "/status");
    return status.starts_with("Name:\tfault-first") && status.find("State:\tS") != status.npos;
  }));
  CHECK(::sched_getscheduler(helper.pid) == SCHED_FIFO);
  end_helper(helper);
}

TEST_CASE("A sample that is still running when the agent ends is answered and ended") {
  auto loop = EventLoop::create().value();
  std::optional<Result<Json>> answer;
  {
    CpuStarvation starvation(*loop);
    starvation.observe_later({{"for_ms", 5000}}, [&](Result<Json> result) { answer = result; });
  }
  REQUIRE(answer.has_value());
  CHECK(answer->has_error());
}

TEST_CASE("Shares of a CPU that cannot be kept, or not be seen, are refused by name") {
  auto loop = EventLoop::create().value();
  CpuStarvation starvation(*loop);
  for (const int share : {29, 91}) {
    const auto prepared = starvation.prepare({{"share_percent", share}, {"spare", "realtime"}});
    REQUIRE(prepared.has_error());
    CHECK_THAT(prepared.error().message(), Catch::Contains("\"share_percent\""));
  }
  CHECK(starvation.prepare({{"share_percent", 50}, {"spare", "me"}}).has_error());
  CHECK(starvation.prepare({{"share_percent", 50}, {"spare", "nothing"}}).has_value());
}

}  // namespace
}  // namespace splitsite::agent
