#include "harness/agent/probes/stream_sinks.hpp"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "harness/agent/probes/stream_datagram.hpp"
#include "harness/core/error.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostSinks = 64;
constexpr std::size_t kMostTransits = 4000;
constexpr Duration kQuiet = 100ms;  // none for so long after the last: no duplicate comes either
constexpr Duration kLookEvery = 20ms;

Result<UniqueFd> make_socket() {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_ANY);
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "listen for",
                 .subject = "a stream",
                 .why = errno_text(errno)};
  }
  // Room for a whole stream: this process may be kept from running by the very fault it measures.
  const int room = 32 * 1024 * 1024;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  }
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  return socket;
}

std::uint16_t port_of(int fd) {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size);
  return ntohs(own.sin_port);
}

Duration real_now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

// The kernel's stamp, moved to the clock of streams, so that a busy process does not make the
// network look slow. A stamp that makes no sense (the clock was just set) is not used.
Duration arrival_of(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    const Duration age =
        real_now() - std::chrono::seconds(stamp.tv_sec) - std::chrono::nanoseconds(stamp.tv_nsec);
    if (age >= 0s && age < 30s) return stream_now() - age;
  }
  return stream_now();
}

}  // namespace

struct StreamSinks::Sink {
  std::uint32_t stream = 0;
  UniqueFd socket;
  Heard heard;
  std::vector<std::optional<Duration>> transits;  // by number
  std::uint32_t highest = 0;
  Duration first{};
  Duration last{};
  EventLoop::TimerId lifetime = 0;
  EventLoop::TimerId timer = 0;
  Instant until{};
  std::function<void(Result<Heard>)> on_done;
};

StreamSinks::~StreamSinks() {
  while (!sinks_.empty()) close(sinks_.begin()->second);
}

Result<StreamSinks::Opened> StreamSinks::open(int count, Duration lifetime) {
  if (sinks_.size() >= kMostSinks) {
    return Error{.kind = ErrorKind::Conflict,
                 .attempted = "listen for",
                 .subject = "a stream",
                 .why = "too many are being listened for"};
  }
  const auto sink = std::make_shared<Sink>();
  SPLITSITE_TRY(sink->socket, make_socket());
  sink->stream = ++last_;
  sink->transits.resize(static_cast<std::size_t>(count));
  Sink& heard = *sink;
  SPLITSITE_TRY_VOID(
      loop_.watch(sink->socket.get(), EPOLLIN, [this, &heard](std::uint32_t) { receive(heard); }));
  sink->lifetime = loop_.after(lifetime, [this, sink] {
    if (!sink->on_done) close(sink);  // else its own end is near
  });
  sinks_[sink->stream] = sink;
  return Opened{sink->stream, port_of(sink->socket.get())};
}

void StreamSinks::receive(Sink& sink) {
  static std::array<char, 65'536> bytes;  // one thread
  for (int i = 0; i < 256; ++i) {         // then the loop's other work has its turn
    alignas(cmsghdr) std::array<char, 128> control{};
    iovec part{.iov_base = bytes.data(), .iov_len = bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(sink.socket.get(), &message, 0);
    if (got < 0) return;
    const Duration arrived = arrival_of(message);
    const auto datagram = stream_datagram_from({bytes.data(), static_cast<std::size_t>(got)});
    if (!datagram) {
      ++sink.heard.corrupted;
    } else if (datagram->stream == sink.stream && datagram->number < sink.transits.size()) {
      count(sink, datagram->number, arrived - datagram->sent, arrived);
    }
  }
}

void StreamSinks::count(Sink& sink, std::uint32_t number, Duration transit, Duration arrived) {
  if (sink.transits[number]) {
    ++sink.heard.duplicates;
    return;
  }
  sink.transits[number] = transit;
  if (sink.heard.received == 0) sink.first = arrived;
  if (number < sink.highest) ++sink.heard.overtaken;
  sink.highest = std::max(sink.highest, number);
  sink.last = arrived;
  ++sink.heard.received;
}

void StreamSinks::heard(std::uint32_t stream, Duration settle,
                        std::function<void(Result<Heard>)> on_done) {
  const auto found = sinks_.find(stream);
  if (found == sinks_.end() || found->second->on_done) {
    return on_done(Error{.kind = ErrorKind::Invalid,
                         .attempted = "tell what was heard of stream",
                         .subject = std::to_string(stream),
                         .why = "it is not being listened for"});
  }
  const auto sink = found->second;
  sink->on_done = std::move(on_done);
  sink->until = steady_clock().now() + settle;
  look(sink);
}

void StreamSinks::look(const std::shared_ptr<Sink>& sink) {
  receive(*sink);
  const bool all = static_cast<std::size_t>(sink->heard.received) == sink->transits.size();
  const bool quiet = all && stream_now() - sink->last > kQuiet;
  if (!quiet && steady_clock().now() < sink->until) {
    sink->timer = loop_.after(kLookEvery, [this, sink] { look(sink); });
    return;
  }
  Heard heard = sink->heard;
  heard.span = sink->last - sink->first;
  bool missing_before = false;
  const std::size_t thinning = sink->transits.size() / kMostTransits + 1;
  for (std::size_t i = 0; i < sink->transits.size(); ++i) {
    const auto& transit = sink->transits[i];
    if (!transit && !missing_before) ++heard.gaps;
    missing_before = !transit;
    if (transit && i % thinning == 0) heard.transits.push_back(*transit);
  }
  const auto answer = sink->on_done;
  close(sink);
  answer(std::move(heard));
}

void StreamSinks::close(const std::shared_ptr<Sink>& sink) {
  const auto kept = sink;  // the caller's may be the map's
  loop_.cancel(kept->lifetime);
  loop_.cancel(kept->timer);
  loop_.forget(kept->socket.get());
  sinks_.erase(kept->stream);
}

}  // namespace splitsite::agent
