#include "harness/agent/links/check/traffic.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace splitsite::agent::check {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t datagram_port = 7;
constexpr std::uint16_t listener_port = 8;
constexpr Duration patience = 300ms;  // far above every delay that is asked for here
constexpr std::size_t longest = 9000;

sockaddr_in socket_address(Site site, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, Mesh::address(site).c_str(), &address.sin_addr);
  return address;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// Waits until `events` or an error is there; false when the time is over.
bool await(const UniqueFd& socket, short events, Instant end) {
  pollfd ready{.fd = socket.get(), .events = events, .revents = 0};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock().now());
  return ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(0, left.count()))) > 0;
}

int error_of(const UniqueFd& socket) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

// The receiving side of one stream.
class Tally {
 public:
  explicit Tally(const Stream& what)
      : what_(what), sent_(static_cast<std::size_t>(what.count)), copies_(sent_.size()) {}

  void sending(std::uint32_t number) { sent_[number] = steady_clock().now(); }
  std::vector<std::uint8_t> payload(std::uint32_t number) const {
    std::vector<std::uint8_t> bytes(what_.bytes, 0x5a);
    std::memcpy(bytes.data(), &number, sizeof number);
    return bytes;
  }

  void take_until(const UniqueFd& socket, Instant end) {
    while (await(socket, POLLIN, end)) {
      std::array<std::uint8_t, longest> bytes{};
      const ssize_t got = ::recv(socket.get(), bytes.data(), bytes.size(), 0);
      if (got >= static_cast<ssize_t>(sizeof(std::uint32_t))) {
        take({bytes.begin(), bytes.begin() + got});
      }
    }
  }

  Arrivals result() {
    int gap = 0;
    for (const int copies : copies_) {
      gap = copies == 0 ? gap + 1 : 0;
      arrivals_.longest_gap = std::max(arrivals_.longest_gap, gap);
      if (copies == 0) ++arrivals_.lost;
    }
    std::sort(arrivals_.one_way.begin(), arrivals_.one_way.end());
    arrivals_.span = last_ - first_;
    return arrivals_;
  }

 private:
  void take(const std::vector<std::uint8_t>& bytes) {
    const Instant now = steady_clock().now();
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    if (number >= sent_.size() || bytes != payload(number)) {
      ++arrivals_.damaged;
      return;
    }
    if (++copies_[number] > 1) {
      ++arrivals_.twice;
      return;
    }
    if (number < newest_) ++arrivals_.overtaken;
    newest_ = std::max(newest_, number);
    if (arrivals_.one_way.empty()) first_ = now;
    last_ = now;
    arrivals_.one_way.push_back(now - sent_[number]);
  }

  Stream what_;
  std::vector<Instant> sent_;
  std::vector<int> copies_;
  Arrivals arrivals_;
  std::uint32_t newest_ = 0;
  Instant first_{};
  Instant last_{};
};

}  // namespace

Duration Arrivals::median() const {
  return one_way.empty() ? Duration::zero() : one_way[one_way.size() / 2];
}

Result<Traffic> Traffic::open(const Mesh& mesh) {
  Traffic traffic(mesh);
  for (const Site site : all_sites) {
    Node& node = traffic.nodes_.at(static_cast<std::size_t>(site));
    SPLITSITE_TRY(node.datagrams, mesh.socket(site, SOCK_DGRAM));
    SPLITSITE_TRY(node.listener, mesh.socket(site, SOCK_STREAM));
    const sockaddr_in datagrams = socket_address(site, datagram_port);
    const sockaddr_in listener = socket_address(site, listener_port);
    const int yes = 1;
    const int room = 4 * 1024 * 1024;
    ::setsockopt(node.datagrams.get(), SOL_SOCKET, SO_NO_CHECK, &yes, sizeof yes);
    ::setsockopt(node.datagrams.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    ::setsockopt(node.datagrams.get(), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    if (::bind(node.datagrams.get(), generic(datagrams), sizeof datagrams) != 0 ||
        ::bind(node.listener.get(), generic(listener), sizeof listener) != 0 ||
        ::listen(node.listener.get(), 16) != 0) {
      return Error{.kind = ErrorKind::Unavailable,
                   .attempted = "open the sockets of",
                   .subject = Mesh::address(site),
                   .why = errno_text(errno)};
    }
  }
  traffic.get_acquainted();
  return traffic;
}

// A bridge's port forwards a moment after it is up, and neighbours have to be asked for.
void Traffic::get_acquainted() const {
  for (const Site from : all_sites) {
    for (const Site to : all_sites) {
      if (from == to) continue;
      const Deadline deadline(steady_clock(), 5s);
      while (!connect(from, to).worked && !deadline.passed(steady_clock())) continue;
    }
  }
}

Arrivals Traffic::stream(Site from, Site to, const Stream& what) const {
  const sockaddr_in target = socket_address(to, datagram_port);
  Tally tally(what);
  tally.take_until(of(to).datagrams, steady_clock().now());  // stragglers of an earlier stream
  Tally fresh(what);
  const Instant start = steady_clock().now();
  for (std::uint32_t number = 0; number < static_cast<std::uint32_t>(what.count); ++number) {
    const auto bytes = fresh.payload(number);
    fresh.sending(number);
    ::sendto(of(from).datagrams.get(), bytes.data(), bytes.size(), 0, generic(target),
             sizeof target);
    fresh.take_until(of(to).datagrams, start + (number + 1) * what.every);
  }
  fresh.take_until(of(to).datagrams, steady_clock().now() + what.patience);
  return fresh.result();
}

Outcome Traffic::refusal(Site from, Site to) const {
  const Instant start = steady_clock().now();
  const auto socket = mesh_->socket(from, SOCK_DGRAM);
  if (!socket) return {.error = EIO};
  const sockaddr_in target = socket_address(to, datagram_port);
  const char byte = 0;
  ::connect(socket.value().get(), generic(target), sizeof target);
  ::send(socket.value().get(), &byte, sizeof byte, 0);
  await(socket.value(), POLLIN, start + patience);
  const Duration took = steady_clock().now() - start;
  return {.error = error_of(socket.value()), .took = took};
}

Outcome Traffic::connect(Site from, Site to) const {
  const auto socket = mesh_->socket(from, SOCK_STREAM);
  if (!socket) return {.error = EIO};
  const Outcome outcome = connect_by(socket.value(), to);
  // Whoever waits in the listener's queue was this attempt; nobody else connects here.
  UniqueFd(::accept(of(to).listener.get(), nullptr, nullptr)).reset();
  return outcome;
}

Outcome Traffic::connect_by(const UniqueFd& socket, Site to) const {
  const sockaddr_in target = socket_address(to, listener_port);
  const int yes = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  const Instant start = steady_clock().now();
  ::connect(socket.get(), generic(target), sizeof target);
  const bool heard = await(socket, POLLOUT, start + patience);
  const Duration took = steady_clock().now() - start;
  const int error = heard ? error_of(socket) : 0;
  return {.worked = heard && error == 0, .error = error, .took = took};
}

Result<Connection> Traffic::connection(Site from, Site to) const {
  Connection open;
  SPLITSITE_TRY(open.from, mesh_->socket(from, SOCK_STREAM));
  const Outcome outcome = connect_by(open.from, to);
  if (outcome.worked) await(of(to).listener, POLLIN, steady_clock().now() + patience);
  open.to = UniqueFd(::accept4(of(to).listener.get(), nullptr, nullptr, SOCK_NONBLOCK));
  if (outcome.worked && open.to) return open;
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "open a connection to",
               .subject = Mesh::address(to),
               .why = errno_text(outcome.error)};
}

Outcome Traffic::say(const Connection& connection) {
  const Instant start = steady_clock().now();
  const char byte = 'x';
  ::send(connection.from.get(), &byte, sizeof byte, MSG_NOSIGNAL);
  // Either it arrives there or the refusal arrives here.
  std::array<pollfd, 2> ready{{{.fd = connection.from.get(), .events = 0, .revents = 0},
                               {.fd = connection.to.get(), .events = POLLIN, .revents = 0}}};
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  ::poll(ready.data(), ready.size(), static_cast<int>(limit));
  const Duration took = steady_clock().now() - start;
  char heard = 0;
  const bool arrived = ::recv(connection.to.get(), &heard, sizeof heard, 0) == sizeof heard;
  return {.worked = arrived, .error = error_of(connection.from), .took = took};
}

}  // namespace splitsite::agent::check
