#include "harness/lab/supervisor/init.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "harness/lab/supervisor/libvirtd.hpp"

namespace splitsite::supervisor {
namespace {

Result<pid_t> bring_up(const ContainmentPlan& plan) {
  SPLITSITE_TRY_VOID(enter_namespaces());
  SPLITSITE_TRY_VOID(mount_private(plan));
  SPLITSITE_TRY_VOID(make_networks(plan));
  SPLITSITE_TRY_VOID(write_configuration(plan.lab_directory));
  return start_libvirtd(plan.lab_directory);
}

void say(int status, const std::string& line) {
  // The reader may be gone already (its owner died); then nobody needs to know.
  (void)!::write(status, line.data(), line.size());
}

// Collects whatever has ended; true when libvirtd was among it.
bool reap(pid_t libvirtd) {
  bool ended = false;
  while (true) {
    int how = 0;
    const pid_t pid = ::waitpid(-1, &how, WNOHANG);
    if (pid <= 0) return ended;
    if (pid != libvirtd) continue;
    ended = true;
    fmt::print(stderr, "libvirtd ended ({} {}): so does the lab\n",
               WIFSIGNALED(how) ? "signal" : "exit code",
               WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how));
  }
}

}  // namespace

int run_init(const ContainmentPlan& plan, UniqueFd status, UniqueFd life) {
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &children, nullptr);
  const UniqueFd signals(::signalfd(-1, &children, SFD_CLOEXEC));

  char go = 0;
  if (::read(life.get(), &go, 1) != 1) return 0;  // the supervisor died meanwhile
  Result<pid_t> libvirtd = bring_up(plan);
  if (libvirtd && !plan.power_controller.empty()) {
    // It waits for libvirtd by itself, and its end is not the lab's.
    const auto started = start_power_controller(plan.power_controller, plan.lab_directory);
    if (!started) libvirtd = started.error();
  }
  if (!libvirtd) {
    say(status.get(), "failed " + libvirtd.error().message() + "\n");
    return 1;
  }
  say(status.get(), "ready\n");
  status.reset();

  pollfd watched[] = {{signals.get(), POLLIN, 0}, {life.get(), POLLIN, 0}};
  while (true) {
    if (::poll(watched, 2, -1) < 0) continue;
    if (watched[1].revents != 0) return 0;  // the supervisor is gone
    signalfd_siginfo ignored{};
    (void)!::read(signals.get(), &ignored, sizeof ignored);
    if (reap(libvirtd.value())) return 1;
  }
}

}  // namespace splitsite::supervisor
