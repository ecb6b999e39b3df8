#include "topologies/reference/api_proxy/takeover.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace splitsite::reference {
namespace {

Error cannot_stand_at(const sockaddr_in& at, ErrorKind kind, const std::string& why) {
  return Error{
      .kind = kind, .attempted = "stand in for the server at", .subject = describe(at), .why = why};
}

bool set_option(int socket, int option, int value) {
  return ::setsockopt(socket, SOL_SOCKET, option, &value, sizeof value) == 0;
}

// The one that listens at every address of the node.
Result<std::uint64_t> find_listener(const sockaddr_in& at) {
  bool only_here = false;
  for (const TcpSocket& socket : tcp_sockets(ntohs(at.sin_port))) {
    if (!socket.listens) continue;
    if (socket.address.s_addr == INADDR_ANY) return socket.inode;
    only_here = only_here || socket.address.s_addr == at.sin_addr.s_addr;
  }
  return cannot_stand_at(at, ErrorKind::Unavailable,
                         only_here ? "it listens at that address alone" : "nobody listens there");
}

Result<UniqueFd> listen_at(const sockaddr_in& at) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket || !set_option(socket.get(), SO_REUSEADDR, 1) ||
      !set_option(socket.get(), SO_REUSEPORT, 1) ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
      ::listen(socket.get(), 128) != 0) {
    return cannot_stand_at(at, ErrorKind::Refused, errno_text(errno));
  }
  return socket;
}

}  // namespace

std::string describe(const sockaddr_in& at) {
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, &at.sin_addr, text.data(), text.size());
  return fmt::format("{}:{}", text.data(), ntohs(at.sin_port));
}

Result<Takeover> Takeover::begin(const sockaddr_in& at) {
  SPLITSITE_TRY(const std::uint64_t inode, find_listener(at));
  const auto id = owner_of(inode);
  if (!id) return cannot_stand_at(at, ErrorKind::Unavailable, "its process has just ended");
  Takeover takeover(at, *id);
  SPLITSITE_TRY(takeover.server_, open_process(*id));
  takeover.inode_ = inode;
  SPLITSITE_TRY_VOID(takeover.share_port(true));
  SPLITSITE_TRY(takeover.listener_, listen_at(at));
  return takeover;
}

Takeover::~Takeover() {
  if (!listener_) return;
  listener_.reset();
  (void)share_port(false);  // fails when the server has ended, and its listener with it
}

// The copy is not kept: it would hold the port after the server's death and keep out its successor.
Result<void> Takeover::share_port(bool shared) const {
  const auto open = sockets_of(server_id_);
  const auto listener = std::find_if(open.begin(), open.end(),
                                     [&](const OpenDescriptor& d) { return d.inode == inode_; });
  if (listener == open.end()) {
    return cannot_stand_at(at_, ErrorKind::Unavailable, "its process has just ended");
  }
  SPLITSITE_TRY(const UniqueFd copy, copy_descriptor(server_.get(), listener->number));
  if (set_option(copy.get(), SO_REUSEPORT, shared ? 1 : 0)) return success();
  return cannot_stand_at(at_, ErrorKind::Refused, errno_text(errno));
}

int Takeover::move_open_connections() const {
  const auto sockets = tcp_sockets(ntohs(at_.sin_port));
  int moved = 0;
  for (const OpenDescriptor& open : sockets_of(server_id_)) {
    const bool client = std::any_of(sockets.begin(), sockets.end(), [&](const TcpSocket& socket) {
      return !socket.listens && socket.inode == open.inode &&
             socket.address.s_addr == at_.sin_addr.s_addr;
    });
    if (!client) continue;
    const auto copy = copy_descriptor(server_.get(), open.number);
    if (copy && ::shutdown(copy.value().get(), SHUT_RDWR) == 0) ++moved;
  }
  return moved;
}

}  // namespace splitsite::reference
