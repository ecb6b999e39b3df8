#include "harness/lab/supervision.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "harness/core/system_error.hpp"

namespace splitsite {
namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

// Both ends above the numbers the supervisor expects, so that placing them cannot overwrite one.
Result<Pipe> make_pipe() {
  int raw[2];
  if (::pipe2(raw, O_CLOEXEC) != 0) return system_error("make a pipe", {});
  const UniqueFd low_read(raw[0]);
  const UniqueFd low_write(raw[1]);
  constexpr int kAbove = 20;
  Pipe pipe{UniqueFd(::fcntl(low_read.get(), F_DUPFD_CLOEXEC, kAbove)),
            UniqueFd(::fcntl(low_write.get(), F_DUPFD_CLOEXEC, kAbove))};
  if (!pipe.read || !pipe.write) return system_error("make a pipe", {});
  return pipe;
}

// Everything posix_spawn needs, released together.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t all;
    sigfillset(&all);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    // A session of its own: Ctrl-C in the terminal reaches the owner only, who then decides.
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  void place(int from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void open(int fd, const std::string& path, int flags) {
    ::posix_spawn_file_actions_addopen(&actions_, fd, path.c_str(), flags, 0644);
  }

  Result<pid_t> run(const std::string& program, const std::vector<std::string>& arguments) {
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments)
      argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    pid_t child = -1;
    errno = ::posix_spawn(&child, program.c_str(), &actions_, &attributes_, argv.data(), environ);
    if (errno != 0) return system_error("start", program);
    return child;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

bool readable_within(int fd, const Deadline& deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline.remaining(steady_clock()));
  pollfd watched{fd, POLLIN, 0};
  return ::poll(&watched, 1, static_cast<int>(std::max<long>(left.count(), 0))) > 0;
}

// The supervisor's one line: "ready" or "failed <why>".
Result<void> await_ready(int status, const SupervisorLaunch& launch) {
  const Deadline deadline(steady_clock(), launch.deadline);
  std::string line;
  std::array<char, 512> chunk{};
  while (line.find('\n') == std::string::npos) {
    if (!readable_within(status, deadline)) {
      return Error{.kind = ErrorKind::TimedOut,
                   .attempted = "bring up the lab's supervisor",
                   .why = "it did not answer within " + format_duration(launch.deadline),
                   .hint = "read " + launch.log};
    }
    const ssize_t got = ::read(status, chunk.data(), chunk.size());
    if (got <= 0) break;
    line.append(chunk.data(), static_cast<std::size_t>(got));
  }
  if (line.starts_with("ready")) return success();
  const std::string prefix = "failed ";
  const std::string why = line.starts_with(prefix)
                              ? line.substr(prefix.size(), line.find('\n') - prefix.size())
                              : "it ended without saying why";
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "bring up the lab's supervisor",
               .why = why,
               .hint = "read " + launch.log};
}

}  // namespace

Result<Supervision> Supervision::launch(const SupervisorLaunch& launch) {
  SPLITSITE_TRY(Pipe owner, make_pipe());
  SPLITSITE_TRY(Pipe status, make_pipe());
  SpawnPlan plan;
  plan.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  plan.open(STDOUT_FILENO, launch.log, O_WRONLY | O_CREAT | O_APPEND);
  plan.place(STDOUT_FILENO, STDERR_FILENO);
  plan.place(owner.read.get(), supervisor_descriptors::kOwner);
  plan.place(status.write.get(), supervisor_descriptors::kStatus);
  if (launch.lock >= 0) plan.place(launch.lock, supervisor_descriptors::kLock);
  SPLITSITE_TRY_VOID(plan.run(launch.program, launch.arguments));
  status.write.reset();
  owner.read.reset();
  SPLITSITE_TRY_VOID(await_ready(status.read.get(), launch));
  return Supervision(std::move(owner.write));
}

Result<void> Supervision::detach() {
  if (!owner_) return success();
  if (::write(owner_.get(), &kDetachWord, 1) != 1) {
    return system_error("let go of", "the lab's supervisor");
  }
  owner_.reset();
  return success();
}

}  // namespace splitsite
