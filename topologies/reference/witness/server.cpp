#include "topologies/reference/witness/server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include <array>
#include <cerrno>

namespace splitsite::reference {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_line = 1024;
constexpr std::size_t most_clients = 64;
constexpr Duration longest_silence = 10s;

Error cannot_listen(const std::string& where) {
  return Error{.kind = errno == EADDRINUSE ? ErrorKind::Conflict : ErrorKind::Unavailable,
               .attempted = "listen on",
               .subject = where,
               .why = errno_text(errno)};
}

std::chrono::nanoseconds boottime() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

Result<UniqueFd> bound_listener(const std::string& address, std::uint16_t port) {
  const std::string where = fmt::format("{}:{}", address, port);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &to.sin_addr) != 1) {
    errno = EINVAL;
    return cannot_listen(where);
  }
  UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int yes = 1;
  if (!listener || ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 ||
      ::listen(listener.get(), 16) != 0) {
    return cannot_listen(where);
  }
  return listener;
}

std::uint16_t port_of(int socket) {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size);
  return ntohs(own.sin_port);
}

}  // namespace

Result<std::unique_ptr<WitnessServer>> WitnessServer::listen(EventLoop& loop,
                                                             const std::string& address,
                                                             std::uint16_t port, StateFile file) {
  SPLITSITE_TRY(auto state, file.load());
  SPLITSITE_TRY(auto listener, bound_listener(address, port));
  const int fd = listener.get();
  std::unique_ptr<WitnessServer> server(
      new WitnessServer(loop, std::move(listener), port_of(fd), std::move(file), std::move(state)));
  WitnessServer& self = *server;
  SPLITSITE_TRY_VOID(loop.watch(fd, EPOLLIN, [&self](std::uint32_t) { self.accept_clients(); }));
  return server;
}

WitnessServer::WitnessServer(EventLoop& loop, UniqueFd listener, std::uint16_t port, StateFile file,
                             WitnessState state)
    : loop_(loop),
      listener_(std::move(listener)),
      port_(port),
      file_(std::move(file)),
      state_(std::move(state)) {}

WitnessServer::~WitnessServer() {
  while (!clients_.empty()) drop(clients_.begin()->first);
  loop_.forget(listener_.get());
}

void WitnessServer::accept_clients() {
  while (true) {
    UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return;
    if (clients_.size() >= most_clients) continue;  // closes it; the client asks again
    const int fd = socket.get();
    Client& client =
        clients_.emplace(fd, Client{std::move(socket), LineBuffer(longest_line)}).first->second;
    client.idle = loop_.after(longest_silence, [this, fd] { drop(fd); });
    if (!loop_.watch(fd, EPOLLIN, [this, fd](std::uint32_t) { serve(fd); })) drop(fd);
  }
}

void WitnessServer::serve(int fd) {
  Client& client = clients_.at(fd);
  std::array<char, 2048> bytes{};
  const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return drop(fd);
  client.lines.add({bytes.data(), static_cast<std::size_t>(got)});
  while (auto line = client.lines.next()) {
    const std::string reply = obey(*line) + "\n";
    const ssize_t sent = ::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(reply.size())) return drop(fd);
  }
  if (client.lines.take_dropped() != 0) return drop(fd);
  loop_.cancel(client.idle);
  client.idle = loop_.after(longest_silence, [this, fd] { drop(fd); });
}

std::string WitnessServer::obey(const std::string& line) {
  const auto request = request_from_line(line);
  if (!request) return error_line(request.error());
  Ruling ruling = decide(state_, request.value(), boottime());
  if (request.value().op != WitnessOp::Query) {
    // Saved first: an answer that the file does not back would be forgotten by a restart.
    if (const auto saved = file_.save(ruling.state); !saved) return error_line(saved.error());
    state_ = std::move(ruling.state);
  }
  return to_line(request.value().op, ruling.reply);
}

void WitnessServer::drop(int fd) {
  const auto found = clients_.find(fd);
  if (found == clients_.end()) return;
  loop_.cancel(found->second.idle);
  loop_.forget(fd);
  clients_.erase(found);
}

}  // namespace splitsite::reference
