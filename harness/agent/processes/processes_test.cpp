// Against the real kernel, with processes of the test's own: copies of sleep under names nobody
// else has.
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>

#include "harness/agent/processes/process_changes.hpp"
#include "harness/agent/testing.hpp"
#include "harness/lab/journal.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

// A child that is ended and collected with its owner.
class Child {
 public:
  explicit Child(const std::string& program) : Child(program, program) {}
  // Started by another name, which the kernel then calls it by.
  Child(std::string name, const std::string& program) {
    std::string length = "600";
    char* const arguments[] = {name.data(), length.data(), nullptr};
    ::posix_spawn(&pid_, name.c_str(), nullptr, nullptr, arguments, environ);
    // Until it runs its own program it cannot be told from the test.
    testing::run_until(*loop_, [&] { return program_runs(program); });
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  pid_t pid() const { return pid_; }

 private:
  bool program_runs(const std::string& program) const {
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/" + std::to_string(pid_) + "/exe", ignored) ==
           program;
  }
  std::unique_ptr<EventLoop> loop_ = std::move(EventLoop::create().value());
  pid_t pid_ = 0;
};

struct Node {
  testing::Folder folder;
  std::string program = copy_of_sleep("splitsite-test-daemon");
  std::unique_ptr<EventLoop> loop = std::move(EventLoop::create().value());
  ManualClock clock;
  Journal journal = std::move(Journal::open(folder.path / "changes").value());
  Json answered;
  EventLog log{[](const Json&) {}};
  Dispatcher dispatcher{[this](const std::string& line) { answered = Json::parse(line); }};
  ChangeBook book{*loop, clock, journal, log};

  Node() {
    std::ofstream(folder.path / "start") << "#!/bin/sh\necho $1 >>" << started() << "\n";
    std::filesystem::permissions(folder.path / "start", std::filesystem::perms::owner_all);
    add_process_changes(book, {.daemons = {{"respawned", name_of(program)},
                                           {"restarted", name_of(program), Comeback::Restarted}},
                               .vm_pids = folder.path,
                               .held = folder.path / "held",
                               .start_daemon = folder.path / "start"});
    book.add_to(dispatcher);
  }
  // Unique, so that a test running next to this one is not hit.
  std::string copy_of_sleep(const std::string& name) const {
    const auto path = folder.path / (name + "-" + folder.path.filename().string());
    std::filesystem::copy_file("/bin/sleep", path);
    return path;
  }
  static std::string name_of(const std::string& path) {
    return std::filesystem::path(path).filename();
  }
  std::string started() const { return folder.path / "started"; }
  std::string held(const std::string& name) const { return folder.path / "held" / name; }

  Json ask(const std::string& op, const Json& arguments) {
    dispatcher.handle(Json{{"id", 1}, {"op", op}, {"args", arguments}}.dump());
    return answered;
  }
  Json apply(const std::string& kind, const Json& arguments) {
    return ask("change.apply",
               {{"change", "f"}, {"kind", kind}, {"arguments", arguments}, {"lease_ms", 2000}});
  }
  // A killed process on a busy machine takes its time to end.
  bool is_gone(const std::string& name) {
    return testing::run_until(*loop, [&] { return observe(name)["running"] == false; });
  }
  Json revert() { return ask("change.revert", {{"change", "f"}}); }
  Json observe(const std::string& name) {
    return ask("change.observe",
               {{"kind", "process.stop"}, {"arguments", {{"process", name}}}})["ok"];
  }
};

TEST_CASE("A running process is seen as the kernel has it") {
  Node node;
  CHECK(node.observe("respawned")["running"] == false);
  const Child daemon(node.program);
  Json seen;
  // It runs for a moment before it goes to sleep.
  CHECK(testing::run_until(*node.loop, [&] {
    seen = node.observe("respawned");
    return seen["state"] == "S";
  }));
  CHECK(seen["running"] == true);
  CHECK(seen["pid"] == daemon.pid());
  CHECK(seen["started_ticks"] > 0);
  CHECK(seen["held"] == false);
  CHECK_FALSE(seen["boot_id"].get<std::string>().empty());
}

TEST_CASE("A stopped process stands still until the change is taken back") {
  Node node;
  const Child daemon(node.program);
  REQUIRE(node.apply("process.stop", {{"process", "respawned"}}).contains("ok"));
  REQUIRE(
      testing::run_until(*node.loop, [&] { return node.observe("respawned")["state"] == "T"; }));
  CHECK(node.ask("change.apply", {{"change", "g"},
                                  {"kind", "process.stop"},
                                  {"arguments", {{"process", "respawned"}}},
                                  {"lease_ms", 2000}})["error"]["kind"] ==
        to_string(ErrorKind::Conflict));
  CHECK(node.revert()["ok"]["was_in_force"] == true);
  CHECK(testing::run_until(*node.loop, [&] { return node.observe("respawned")["state"] == "S"; }));
}

TEST_CASE("A stopped process that died meanwhile is a legal end, and its successor is left alone") {
  Node node;
  {
    const Child daemon(node.program);
    REQUIRE(node.apply("process.stop", {{"process", "respawned"}}).contains("ok"));
  }
  const Child successor(node.program);
  ::kill(successor.pid(), SIGSTOP);
  REQUIRE(
      testing::run_until(*node.loop, [&] { return node.observe("respawned")["state"] == "T"; }));
  CHECK(node.revert().contains("ok"));
  CHECK(node.observe("respawned")["state"] == "T");
}

TEST_CASE("A killed daemon is held down until the change is taken back") {
  Node node;
  const Child daemon(node.program);
  const Json killed = node.apply("process.kill", {{"process", "respawned"}});
  REQUIRE(killed["ok"]["pid"] == daemon.pid());
  REQUIRE(node.is_gone("respawned"));
  CHECK(node.observe("respawned")["held"] == true);
  CHECK(std::filesystem::exists(node.held("respawned")));
  CHECK(node.revert().contains("ok"));
  CHECK_FALSE(std::filesystem::exists(node.held("respawned")));
  CHECK_FALSE(std::filesystem::exists(node.started()));
}

TEST_CASE("A crash holds nothing down") {
  Node node;
  const Child daemon(node.program);
  REQUIRE(node.apply("process.kill", {{"process", "respawned"}, {"stays", "respawned"}})
              .contains("ok"));
  CHECK(node.is_gone("respawned"));
  CHECK_FALSE(std::filesystem::exists(node.held("respawned")));
}

TEST_CASE("A daemon that nobody respawns is started when its killing is taken back") {
  Node node;
  {
    const Child daemon(node.program);
    REQUIRE(node.apply("process.kill", {{"process", "restarted"}}).contains("ok"));
    REQUIRE(node.is_gone("restarted"));
  }
  CHECK(node.revert().contains("ok"));
  CHECK(testing::run_until(*node.loop, [&] {
    std::string name;
    std::ifstream(node.started()) >> name;
    return name == "restarted";
  }));
}

TEST_CASE("A daemon that runs again already is not started a second time") {
  Node node;
  {
    const Child daemon(node.program);
    REQUIRE(node.apply("process.kill", {{"process", "restarted"}}).contains("ok"));
    REQUIRE(node.is_gone("restarted"));
  }
  const Child successor(node.program);
  CHECK(node.revert().contains("ok"));
  CHECK_FALSE(std::filesystem::exists(node.started()));
}

TEST_CASE("A helper that outlives its daemon for a moment is not taken for it") {
  Node node;
  const Child daemon(node.program);
  const std::string helper = node.folder.path / "x-helper";
  std::filesystem::create_symlink(node.program, helper);
  const Child orphan(helper, node.program);
  CHECK(node.observe("respawned")["pid"] == daemon.pid());
  ::kill(daemon.pid(), SIGKILL);
  CHECK(testing::run_until(*node.loop,
                           [&] { return node.observe("respawned")["running"] == false; }));
}

TEST_CASE("A guest's QEMU is found by libvirt's pid file, and is never held down") {
  Node node;
  const std::string qemu = node.copy_of_sleep("qemu-system-test");
  const Child guest(qemu);
  std::ofstream(node.folder.path / "vm1.pid") << guest.pid();
  CHECK(node.observe("vm:vm1")["pid"] == guest.pid());
  CHECK(node.observe("vm:vm2")["running"] == false);
  REQUIRE(node.apply("process.kill", {{"process", "vm:vm1"}}).contains("ok"));
  CHECK(node.is_gone("vm:vm1"));
  CHECK(node.observe("vm:vm1")["held"] == false);
  CHECK(node.revert().contains("ok"));
}

TEST_CASE("A pid file that names another program's process is no guest") {
  Node node;
  const Child other(node.program);
  std::ofstream(node.folder.path / "vm1.pid") << other.pid();
  CHECK(node.observe("vm:vm1")["running"] == false);
  CHECK(node.apply("process.kill", {{"process", "vm:vm1"}})["error"]["subject"] == "vm:vm1");
  CHECK(ProcessTable::read(other.pid()));
}

TEST_CASE("What cannot be killed or stopped is refused by name, and nothing is touched") {
  Node node;
  CHECK(node.apply("process.stop", {{"process", "respawned"}})["error"]["kind"] ==
        to_string(ErrorKind::Unavailable));
  CHECK(node.apply("process.kill", {{"process", "init"}})["error"]["hint"] ==
        "there are respawned, restarted, vm:<vm>");
  const Child daemon(node.program);
  CHECK(node.apply("process.kill", {{"process", "respawned"}, {"stays", "up"}})["error"]["why"] ==
        "\"stays\" is \"up\", allowed are down and respawned");
  CHECK(node.observe("respawned")["running"] == true);
  CHECK_FALSE(std::filesystem::exists(node.held("respawned")));
}

TEST_CASE("A signal reaches exactly the process it is meant for") {
  const Node node;
  const Child daemon(node.program);
  auto process = ProcessTable::read(daemon.pid());
  REQUIRE(process);
  CHECK(send_signal(*process, 0).value());
  ++process->started_ticks;  // the number now is another's
  CHECK_FALSE(send_signal(*process, SIGKILL).value());
  CHECK(ProcessTable::read(daemon.pid()));
}

}  // namespace
}  // namespace splitsite::agent
