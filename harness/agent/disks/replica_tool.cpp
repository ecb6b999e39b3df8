#include "harness/agent/disks/replica_tool.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "harness/core/system_error.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

constexpr auto run_bound = 8000ms;

// stdin from nowhere, both outputs to `output`.
Result<::pid_t> spawn(const ReplicaTool::Words& command, int output) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
  ::pid_t child = -1;
  const int error = ::posix_spawnp(&child, words.front(), &files, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  if (error != 0) return system_error("start", command.front(), error);
  return child;
}

UniqueFd watchable(::pid_t child) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
}

std::string joined(const ReplicaTool::Words& command) {
  std::string text;
  for (const std::string& word : command) text += (text.empty() ? "" : " ") + word;
  return text;
}

// What is in the pipe, as one line.
std::string words_in(int pipe) {
  std::array<char, 1024> text{};
  const ssize_t got = ::read(pipe, text.data(), text.size());
  std::string words(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  while (!words.empty() && words.back() == '\n') words.pop_back();
  for (char& letter : words) {
    if (letter == '\n') letter = ' ';
  }
  return words;
}

}  // namespace

DrbdTool::~DrbdTool() {
  if (begun_) loop_.forget(begun_.get());
}

Result<void> DrbdTool::run(const Words& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return system_error("make", "a pipe");
  const UniqueFd said(ends[0]);
  UniqueFd output(ends[1]);
  SPLITSITE_TRY(const ::pid_t child, spawn(command, output.get()));
  output.reset();
  const UniqueFd ended = watchable(child);
  pollfd waiting{.fd = ended.get(), .events = POLLIN, .revents = 0};
  const bool in_time = ::poll(&waiting, 1, static_cast<int>(run_bound.count())) == 1;
  if (!in_time) ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, in_time ? 0 : WNOHANG);
  if (in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0) return success();
  return Error{.kind = in_time ? ErrorKind::Refused : ErrorKind::TimedOut,
               .attempted = "run",
               .subject = joined(command),
               .why = words_in(said.get())};
}

Result<void> DrbdTool::begin(const Words& command) {
  if (begun_) return success();
  const UniqueFd output(::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!output) return system_error("open", log_);
  SPLITSITE_TRY(const ::pid_t child, spawn(command, output.get()));
  begun_ = watchable(child);
  return loop_.watch(begun_.get(), EPOLLIN, [this, child](std::uint32_t) {
    ::waitpid(child, nullptr, WNOHANG);
    loop_.forget(begun_.get());
    begun_.reset();
  });
}

}  // namespace splitsite::agent
