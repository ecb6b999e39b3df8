#include "harness/agent/manager/child_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace splitsite::agent {
namespace {

Error cannot_start(const std::string& program) {
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "start",
               .subject = program,
               .why = errno_text(errno)};
}

// Between fork and exec: nothing here may allocate or lock.
[[noreturn]] void become(char* const* arguments, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(output, STDOUT_FILENO);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

int milliseconds_left(const Deadline& deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining(steady_clock()));
  return static_cast<int>(std::clamp<long>(left.count(), 0, 60'000));
}

}  // namespace

Result<ChildProgram> ChildProgram::start(const std::vector<std::string>& command) {
  std::array<int, 2> ends{};
  if (::access(command.at(0).c_str(), X_OK) != 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return cannot_start(command[0]);
  }
  UniqueFd reading(ends[0]);
  const UniqueFd writing(ends[1]);
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return cannot_start(command[0]);
  if (child == 0) become(arguments.data(), writing.get(), parent);
  return ChildProgram(child, std::move(reading));
}

ChildProgram::ChildProgram(ChildProgram&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), output_(std::move(other.output_)) {}

ChildProgram::~ChildProgram() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool ChildProgram::running() {
  if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) != 0) pid_ = 0;
  return pid_ > 0;
}

Result<std::string> ChildProgram::line(Duration bound) {
  const Deadline deadline(steady_clock(), bound);
  std::string text;
  while (true) {
    char next = 0;
    const ssize_t got = ::read(output_.get(), &next, 1);
    if (got == 1 && next == '\n') return text;
    if (got == 1) {
      text += next;
      continue;
    }
    const bool ended = got == 0 || (errno != EAGAIN && errno != EINTR);
    if (ended || deadline.passed(steady_clock())) {
      return Error{.kind = ended ? ErrorKind::Unavailable : ErrorKind::TimedOut,
                   .attempted = "hear from the program",
                   .subject = std::to_string(pid_),
                   .why = ended ? "it ended without a word" : "it said nothing in time"};
    }
    pollfd readable{.fd = output_.get(), .events = POLLIN, .revents = 0};
    ::poll(&readable, 1, milliseconds_left(deadline));
  }
}

void ChildProgram::end(Duration bound) {
  if (!running()) return;
  ::kill(pid_, SIGTERM);
  if (wait_for_end(bound)) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

bool ChildProgram::wait_for_end(Duration bound) {
  const Deadline deadline(steady_clock(), bound);
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
  if (process) ::poll(&ended, 1, milliseconds_left(deadline));
  return !running();
}

}  // namespace splitsite::agent
