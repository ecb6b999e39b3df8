#include "harness/agent/probes/flows.hpp"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "harness/event_loop/line_buffer.hpp"

namespace splitsite::agent {
namespace {

constexpr std::size_t kMostFlows = 256;
constexpr std::size_t kLongestLine = 64;

Error flow_error(ErrorKind kind, const char* attempted, std::string subject, std::string why) {
  return Error{
      .kind = kind, .attempted = attempted, .subject = std::move(subject), .why = std::move(why)};
}

// Small messages at once; and lost ones again soon: with the kernel's doubling of the pause, a
// connection would stay silent about as long after a fault as the fault lasted.
void make_prompt(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, &on, sizeof on);
}

}  // namespace

struct Flows::Flow {
  std::string id;
  UniqueFd socket;
  LineBuffer lines{kLongestLine};
  bool broken = false;
  std::uint64_t number = 0;  // of the message sent last
  Instant begun{};
  OnExchange waiting;  // empty: none is under way
  EventLoop::TimerId timer = 0;
};

Flows::~Flows() {
  for (const auto& [id, flow] : flows_) {
    loop_.cancel(flow->timer);
    loop_.forget(flow->socket.get());
  }
}

void Flows::open(const sockaddr_in& to, Duration timeout, OnOpen on_open) {
  if (flows_.size() >= kMostFlows) {
    return on_open(flow_error(ErrorKind::Conflict, "open a connection", "", "too many are open"));
  }
  auto flow = std::make_shared<Flow>();
  flow->socket.reset(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int fd = flow->socket.get();
  if (!flow->socket) {
    return on_open(flow_error(ErrorKind::Unavailable, "make", "a socket", errno_text(errno)));
  }
  make_prompt(fd);
  const int outcome = ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  const int refusal = outcome == 0 ? 0 : errno;
  flow->id = std::to_string(++last_);
  flows_[flow->id] = flow;
  if (refusal != EINPROGRESS) return connected(flow, on_open, refusal);
  flow->timer =
      loop_.after(timeout, [this, flow, on_open] { connected(flow, on_open, ETIMEDOUT); });
  const auto watched = loop_.watch(fd, EPOLLOUT, [this, flow, on_open](std::uint32_t) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(flow->socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    connected(flow, on_open, error);
  });
  if (watched) return;
  loop_.cancel(flow->timer);
  flows_.erase(flow->id);
  on_open(watched.error());
}

void Flows::connected(const std::shared_ptr<Flow>& flow, const OnOpen& on_open, int error) {
  // `on_open` may be the watcher's own, which forgetting it would end.
  const OnOpen answer = on_open;
  const auto kept = flow;
  loop_.cancel(kept->timer);
  loop_.forget(kept->socket.get());
  if (error == 0) {
    const auto watched =
        loop_.watch(kept->socket.get(), EPOLLIN, [this, kept](std::uint32_t) { receive(kept); });
    if (watched) return answer(kept->id);
    flows_.erase(kept->id);
    return answer(watched.error());
  }
  flows_.erase(kept->id);
  const bool late = error == ETIMEDOUT;
  answer(flow_error(late ? ErrorKind::TimedOut : ErrorKind::Refused, "open a connection", "",
                    errno_text(error)));
}

void Flows::exchange(const std::string& id, Duration timeout, OnExchange on_done) {
  const auto found = flows_.find(id);
  if (found == flows_.end()) {
    return on_done(flow_error(ErrorKind::Invalid, "use the connection", id, "it is not open"));
  }
  const auto flow = found->second;
  if (flow->waiting) {
    return on_done(
        flow_error(ErrorKind::Conflict, "use the connection", id, "an exchange is under way"));
  }
  flow->waiting = std::move(on_done);
  flow->begun = steady_clock().now();
  const std::string message = std::to_string(++flow->number) + "\n";
  if (!flow->broken) {
    const ssize_t sent = ::send(flow->socket.get(), message.data(), message.size(), MSG_NOSIGNAL);
    // A full buffer is silence of long standing; anything else is the connection's end.
    if (sent < 0 && errno != EAGAIN) flow->broken = true;
  }
  if (flow->broken) return finish(flow, "broken");
  flow->timer = loop_.after(timeout, [this, flow] { finish(flow, "silent"); });
}

void Flows::receive(const std::shared_ptr<Flow>& flow) {
  const auto kept = flow;
  std::array<char, 1024> bytes{};
  const ssize_t got = ::recv(kept->socket.get(), bytes.data(), bytes.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    kept->broken = true;
    loop_.forget(kept->socket.get());
    return finish(kept, "broken");
  }
  kept->lines.add({bytes.data(), static_cast<std::size_t>(got)});
  const std::string awaited = std::to_string(kept->number);
  while (const auto line = kept->lines.next()) {
    if (*line == awaited) finish(kept, "answered");
  }
}

void Flows::finish(const std::shared_ptr<Flow>& flow, const char* outcome) {
  loop_.cancel(flow->timer);
  flow->timer = 0;
  if (!flow->waiting) return;
  const OnExchange answer = std::exchange(flow->waiting, {});
  answer(Exchange{outcome, std::chrono::duration_cast<std::chrono::microseconds>(
                               steady_clock().now() - flow->begun)});
}

void Flows::close(const std::string& id) {
  const auto found = flows_.find(id);
  if (found == flows_.end()) return;
  const auto flow = found->second;
  flows_.erase(found);
  loop_.forget(flow->socket.get());
  finish(flow, "broken");
}

}  // namespace splitsite::agent
