#include "harness/agent/disks/io_attempts.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "harness/core/handle.hpp"
#include "harness/core/system_error.hpp"

namespace splitsite::agent {
namespace {

// What the child tells of each attempt; smaller than a pipe's atomic write.
struct Report {
  std::int64_t took_ns;
  int error;
};

int one_attempt(const IoPlan& plan, std::byte* block) {
  int fd = plan.open_fd;
  if (fd < 0) {
    fd = ::open(plan.path.c_str(),
                (plan.write ? O_WRONLY : O_RDONLY) | (plan.direct ? O_DIRECT : 0) | O_CLOEXEC);
  }
  if (fd < 0) return errno;
  const auto at = static_cast<off_t>(plan.offset);
  const ssize_t moved =
      plan.write ? ::pwrite(fd, block, io_block, at) : ::pread(fd, block, io_block, at);
  const int error = moved < 0 ? errno : (static_cast<std::size_t>(moved) < io_block ? EIO : 0);
  if (plan.open_fd < 0) ::close(fd);
  return error;
}

// The child's whole life. It was forked from a process with threads: system calls only. It may
// outlive the agent by as long as the device is silent, so it keeps nothing of the agent's open.
void attempt_and_report(IoPlan& plan, std::byte* block, int report_to) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(report_to, STDOUT_FILENO);
  if (plan.open_fd >= 0) plan.open_fd = ::dup2(plan.open_fd, STDIN_FILENO);
  ::close_range(STDERR_FILENO, ~0U, 0);
  for (int i = 0; i < plan.count; ++i) {
    const Instant begun = steady_clock().now();
    const int error = one_attempt(plan, block);
    const Report report{.took_ns = (steady_clock().now() - begun).count(), .error = error};
    if (::write(STDOUT_FILENO, &report, sizeof report) != sizeof report) break;
  }
  ::_exit(0);
}

class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(EventLoop& loop, int count, std::function<void(std::vector<IoAttempt>)> on_done)
      : loop_(loop), count_(count), on_done_(std::move(on_done)) {}

  Result<void> start(IoPlan plan, Duration bound) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return cannot_start();
    reports_.reset(ends[0]);
    const UniqueFd report_to(ends[1]);
    const std::unique_ptr<std::byte, decltype(&std::free)> block(
        static_cast<std::byte*>(std::aligned_alloc(io_block, io_block)), &std::free);
    std::memset(block.get(), 0, io_block);
    child_ = ::fork();
    if (child_ < 0) return cannot_start();
    if (child_ == 0) attempt_and_report(plan, block.get(), report_to.get());
    begun_ = steady_clock().now();
    bound_ = bound;
    return watch();
  }

 private:
  Result<void> watch() {
    const auto self = shared_from_this();
    ended_.reset(static_cast<int>(::syscall(SYS_pidfd_open, child_, 0)));
    timer_ = loop_.after(bound_, [self] { self->answer(); });
    SPLITSITE_TRY_VOID(loop_.watch(ended_.get(), EPOLLIN, [self](std::uint32_t) { self->reap(); }));
    return loop_.watch(reports_.get(), EPOLLIN, [self](std::uint32_t) {
      if (!self->read()) self->loop_.forget(self->reports_.get());
    });
  }

  // Whether there was anything to read.
  bool read() {
    Report report{};
    if (::read(reports_.get(), &report, sizeof report) != sizeof report) return false;
    attempts_.push_back(
        {.outcome = report.error == 0 ? IoAttempt::Outcome::Done : IoAttempt::Outcome::Failed,
         .took = Duration(report.took_ns),
         .error = report.error});
    attempted_ += attempts_.back().took;
    if (attempts_.size() == static_cast<std::size_t>(count_)) answer();
    return true;
  }

  void answer() {
    if (!on_done_) return;
    loop_.cancel(timer_);
    loop_.forget(reports_.get());
    // It may hang in the kernel until the device answers; it is reaped whenever that is.
    ::kill(child_, SIGKILL);
    if (attempts_.size() < static_cast<std::size_t>(count_)) {
      attempts_.push_back({.outcome = IoAttempt::Outcome::Silent,
                           .took = steady_clock().now() - begun_ - attempted_});
    }
    std::exchange(on_done_, nullptr)(std::move(attempts_));
  }

  void reap() {
    ::waitpid(child_, nullptr, WNOHANG);
    const auto self = shared_from_this();  // the loop's was the last one
    loop_.forget(ended_.get());
    while (on_done_ && read()) continue;  // what it told in its last moment
    answer();
  }

  static Error cannot_start() { return system_error("start", "a process for I/O"); }

  EventLoop& loop_;
  int count_;
  std::function<void(std::vector<IoAttempt>)> on_done_;
  UniqueFd reports_;
  UniqueFd ended_;
  ::pid_t child_ = -1;
  Instant begun_{};
  Duration bound_{};
  Duration attempted_{};
  EventLoop::TimerId timer_ = 0;
  std::vector<IoAttempt> attempts_;
};

}  // namespace

Result<void> attempt_io(EventLoop& loop, const IoPlan& plan, Duration bound,
                        std::function<void(std::vector<IoAttempt>)> on_done) {
  return std::make_shared<Run>(loop, plan.count, std::move(on_done))->start(plan, bound);
}

}  // namespace splitsite::agent
