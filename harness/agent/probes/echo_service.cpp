#include "harness/agent/probes/echo_service.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>

#include "harness/core/error.hpp"

namespace splitsite::agent {
namespace {

// Far more than one lab's proofs hold at a time; a stranger cannot use up the node's descriptors.
constexpr std::size_t kMostConnections = 256;

void set(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

// A peer that lost its power says nothing: after two minutes of silence the connection is given up.
void keep_alive(int fd) {
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, 6);
}

}  // namespace

Result<std::unique_ptr<EchoService>> EchoService::listen(EventLoop& loop, std::uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // An agent that was restarted must not wait for its predecessor's connections to be forgotten.
  set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_port = htons(port);
  own.sin_addr.s_addr = htonl(INADDR_ANY);
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
      ::listen(socket.get(), 64) != 0) {
    return Error{.kind = errno == EADDRINUSE ? ErrorKind::Conflict : ErrorKind::Unavailable,
                 .attempted = "echo on TCP port",
                 .subject = std::to_string(port),
                 .why = errno_text(errno)};
  }
  const int fd = socket.get();
  std::unique_ptr<EchoService> service(new EchoService(loop, std::move(socket)));
  EchoService& self = *service;
  SPLITSITE_TRY_VOID(loop.watch(fd, EPOLLIN, [&self](std::uint32_t) { self.accept_all(); }));
  return service;
}

EchoService::EchoService(EventLoop& loop, UniqueFd socket)
    : loop_(loop), socket_(std::move(socket)) {}

EchoService::~EchoService() {
  loop_.forget(socket_.get());
  for (const auto& [fd, owned] : connections_) loop_.forget(fd);
}

std::uint16_t EchoService::port() const {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&own), &size);
  return ntohs(own.sin_port);
}

void EchoService::accept_all() {
  while (true) {
    UniqueFd accepted(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!accepted) return;
    if (connections_.size() >= kMostConnections) continue;
    const int fd = accepted.get();
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    keep_alive(fd);
    if (!loop_.watch(fd, EPOLLIN, [this, fd](std::uint32_t) { echo(fd); })) continue;
    connections_[fd] = std::move(accepted);
  }
}

void EchoService::echo(int fd) {
  std::array<char, 4096> bytes{};
  const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return drop(fd);
  // Messages are a few bytes; whoever lets them pile up is not a probe.
  const ssize_t sent = ::send(fd, bytes.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
  if (sent != got) drop(fd);
}

void EchoService::drop(int fd) {
  loop_.forget(fd);
  connections_.erase(fd);
}

}  // namespace splitsite::agent
