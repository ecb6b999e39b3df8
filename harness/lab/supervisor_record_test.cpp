#include "harness/lab/supervisor_record.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "scripts/testing/catch.hpp"

using namespace splitsite;
using namespace std::chrono_literals;

namespace {

// A child that does nothing until it is ended.
class Bystander {
 public:
  Bystander() : pid_(::fork()) {
    if (pid_ == 0) {
      while (true) ::pause();
    }
  }
  ~Bystander() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

}  // namespace

TEST_CASE("A process is itself, and not another one with its pid") {
  const Bystander bystander;
  const auto identity = identify(bystander.pid());
  REQUIRE(identity);
  CHECK(is_alive(*identity));
  ProcessIdentity former = *identity;
  former.start_ticks -= 1;
  CHECK_FALSE(is_alive(former));
}

TEST_CASE("Ending a process whose pid was taken over leaves the new one alone") {
  const Bystander bystander;
  ProcessIdentity former = identify(bystander.pid()).value();
  former.start_ticks -= 1;
  CHECK(end_process(former, 200ms));
  CHECK(identify(bystander.pid()));
}

TEST_CASE("A process that ignores SIGTERM is ended all the same") {
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGTERM, SIG_IGN);
    (void)!::write(ready[1], "r", 1);
    while (true) ::pause();
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK(end_process(identify(child).value(), 400ms));
  CHECK_FALSE(identify(child));
}

TEST_CASE("A zombie is not alive") {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
  CHECK_FALSE(identify(child));
  ::waitpid(child, nullptr, 0);
}

TEST_CASE("A record comes back as written, does not outlive a reboot, and is refused when broken") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("splitsite-record-" + std::to_string(::getpid())))
          .string();
  const Bystander bystander;
  SupervisorRecord record = SupervisorRecord::of_running(::getpid(), bystander.pid());
  REQUIRE(write_supervisor_record(path, record));
  const auto read = read_supervisor_record(path).value();
  REQUIRE(read);
  CHECK(read->supervisor == record.supervisor);
  CHECK(read->init == record.init);
  CHECK(read->runs());

  record.boot_id = "another boot of this machine";
  CHECK_FALSE(record.runs());

  std::ofstream(path) << R"({"pid": 1})";
  CHECK_FALSE(read_supervisor_record(path));
  std::filesystem::remove(path);
  CHECK_FALSE(read_supervisor_record(path).value());
}
