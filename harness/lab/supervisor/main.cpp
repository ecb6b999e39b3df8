// splitsite-supervisor: the process that is a lab. It owns the PID namespace everything of the lab
// lives in, and ends it when told to (SIGTERM), when the lab's owner dies before letting go of it,
// or by dying itself: the namespace's init has the supervisor's death as its own.
// Started by the harness only; the file descriptors it expects are in supervision.hpp.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "harness/lab/supervision.hpp"
#include "harness/lab/supervisor/init.hpp"
#include "harness/lab/supervisor_record.hpp"

namespace {

using splitsite::SupervisorRecord;
using splitsite::UniqueFd;
using splitsite::supervisor::ContainmentPlan;
namespace descriptors = splitsite::supervisor_descriptors;

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

UniqueFd block_and_watch_signals() {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&watched, signal);
  ::sigprocmask(SIG_BLOCK, &watched, nullptr);
  return UniqueFd(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
}

// The first process of a new PID namespace; it waits for a byte on `life`. Never returns in the
// child.
pid_t fork_init(const ContainmentPlan& plan, UniqueFd& status, Pipe& life) {
  if (!life.read || ::unshare(CLONE_NEWPID) != 0) return -1;
  const pid_t child = ::fork();
  if (child == 0) {
    // Two nets under one fall: the kernel's signal, and the pipe for the moment before it is armed.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    life.write.reset();
    ::close(descriptors::kOwner);
    std::_Exit(splitsite::supervisor::run_init(plan, std::move(status), std::move(life.read)));
  }
  return child;
}

// Returns why the lab has to end now.
std::string wait_for_the_end(int signals) {
  bool owned = true;
  while (true) {
    pollfd watched[] = {{signals, POLLIN, 0}, {owned ? descriptors::kOwner : -1, POLLIN, 0}};
    if (::poll(watched, 2, -1) < 0) continue;
    if (watched[1].revents != 0) {
      char word = 0;
      if (::read(descriptors::kOwner, &word, 1) != 1) return "its owner died";
      if (word == splitsite::kDetachWord) owned = false;
    }
    signalfd_siginfo info{};
    while (::read(signals, &info, sizeof info) == sizeof info) {
      if (info.ssi_signo == SIGCHLD) return "its init ended";
      return fmt::format("signal {} from process {}", info.ssi_signo, info.ssi_pid);
    }
  }
}

int supervise(const ContainmentPlan& plan) {
  UniqueFd signals = block_and_watch_signals();
  UniqueFd status(descriptors::kStatus);
  for (const int fd : {descriptors::kOwner, descriptors::kStatus, descriptors::kLock}) {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  Pipe life = make_pipe();
  const pid_t init = fork_init(plan, status, life);
  if (init < 0) {
    const std::string line = fmt::format("failed could not make the lab's process namespace: {}\n",
                                         splitsite::errno_text(errno));
    (void)!::write(status.get(), line.data(), line.size());
    return 1;
  }
  status.reset();
  const std::string record = splitsite::supervisor_record_path(plan.lab_directory);
  const auto written =
      splitsite::write_supervisor_record(record, SupervisorRecord::of_running(::getpid(), init));
  if (!written) fmt::print(stderr, "{}\n", written.error().message());
  // Only now: whoever hears "ready" finds the record.
  (void)!::write(life.write.get(), "g", 1);

  const std::string why = wait_for_the_end(signals.get());
  fmt::print(stderr, "the lab ends: {}\n", why);
  ::kill(init, SIGKILL);
  // Returns when every process of the namespace is gone: the kernel ends them before their init.
  ::waitpid(init, nullptr, 0);
  ::unlink(record.c_str());
  fmt::print(stderr, "nothing of the lab runs any more\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  ContainmentPlan plan;
  CLI::App app("Holds one Splitsite lab. Started by `splitsite`, not by hand.");
  app.add_option("--lab", plan.lab_directory, "The lab's directory")->required();
  app.add_option("--bridge", plan.bridges, "A network of the lab");
  app.add_option("--address", plan.address, "The machine's address in the lab, with prefix length");
  app.add_option("--on", plan.address_bridge, "The network it is on");
  app.add_flag("--hide-kvm", plan.hide_kvm, "KVM is unusable here: keep libvirt from trying");
  app.add_option("--power-controller", plan.power_controller,
                 "Program that switches the hosts' power for the lab's Manager");
  CLI11_PARSE(app, argc, argv);
  return supervise(plan);
}
