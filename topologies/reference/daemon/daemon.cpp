#include "topologies/reference/daemon/daemon.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

namespace splitsite::reference {

EndSignals::EndSignals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

int EndSignals::wait() const {
  int number = 0;
  sigwait(&set_, &number);
  return number;
}

bool EndSignals::wait_for(Duration time) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const timespec limit{.tv_sec = seconds.count(), .tv_nsec = (time - seconds).count()};
  return sigtimedwait(&set_, nullptr, &limit) > 0;
}

std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

}  // namespace splitsite::reference
