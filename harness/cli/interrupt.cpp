#include "harness/cli/interrupt.hpp"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>

#include "harness/cli/exit_code.hpp"

namespace splitsite::cli {
namespace {

constexpr int kFinish = SIGUSR1;  // from the destructor, to end the thread

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, kFinish}) sigaddset(&set, signal);
  return set;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t set = watched_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  thread_ = std::thread([this, set] {
    while (true) {
      int signal = 0;
      if (::sigwait(&set, &signal) != 0 || signal == kFinish) return;
      if (source_.stop_requested()) ::_exit(static_cast<int>(ExitCode::Interrupted));
      std::fputs("\ninterrupted: healing and taking down what is ours; once more to end at once\n",
                 stderr);
      source_.request_stop();
    }
  });
}

Interrupt::~Interrupt() {
  ::pthread_kill(thread_.native_handle(), kFinish);
  thread_.join();
}

}  // namespace splitsite::cli
