#include "harness/agent/probes/tcp_probe.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

namespace splitsite::agent {
namespace {

std::string outcome_of(int error) {
  switch (error) {
    case 0:
      return "connected";
    case ECONNREFUSED:
      return "refused";
    case ETIMEDOUT:
      return "timed_out";
    default:
      return "unreachable";
  }
}

struct Attempt {
  EventLoop& loop;
  UniqueFd socket;
  Instant begun;
  std::function<void(const TcpOutcome&)> on_done;
  EventLoop::TimerId timer = 0;

  void end(int error) {
    loop.cancel(timer);
    loop.forget(socket.get());
    on_done({outcome_of(error),
             std::chrono::duration_cast<std::chrono::microseconds>(steady_clock().now() - begun)});
  }
};

}  // namespace

Result<void> probe_tcp(EventLoop& loop, const sockaddr_in& to, Duration timeout,
                       std::function<void(const TcpOutcome&)> on_done) {
  const auto attempt = std::make_shared<Attempt>(
      Attempt{.loop = loop,
              .socket = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
              .begun = steady_clock().now(),
              .on_done = std::move(on_done)});
  if (!attempt->socket) {
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "make",
                 .subject = "a socket",
                 .why = errno_text(errno)};
  }
  const int fd = attempt->socket.get();
  const int outcome = ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  if (outcome == 0 || errno != EINPROGRESS) {
    attempt->end(outcome == 0 ? 0 : errno);
    return success();
  }
  attempt->timer = loop.after(timeout, [attempt] { attempt->end(ETIMEDOUT); });
  return loop.watch(fd, EPOLLOUT, [attempt](std::uint32_t) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(attempt->socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    attempt->end(error);
  });
}

}  // namespace splitsite::agent
