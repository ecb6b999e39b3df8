#include "harness/agent/probes/ping.hpp"

#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace splitsite::agent {
namespace {

std::chrono::nanoseconds as_duration(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::chrono::nanoseconds realtime() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return as_duration(now);
}

// RFC 1071: the ones' complement of the ones' complement sum of the 16-bit words.
std::uint16_t internet_checksum(const void* data, std::size_t size) {
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at + 1 < size; at += 2) {
    std::uint16_t word = 0;
    std::memcpy(&word, static_cast<const char*>(data) + at, sizeof word);
    sum += word;
  }
  while ((sum >> 16) != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// When the kernel took the packet; now, if it did not say.
std::chrono::nanoseconds stamp_of(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
      timespec stamp{};
      std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
      return as_duration(stamp);
    }
  }
  return realtime();
}

std::uint16_t next_id() {
  static std::uint16_t last = static_cast<std::uint16_t>(::getpid());
  return ++last;
}

}  // namespace

Result<void> Ping::start(EventLoop& loop, const PingPlan& plan, OnDone on_done) {
  UniqueFd socket(::socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP));
  const int yes = 1;
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes) != 0 ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&plan.to), sizeof plan.to) != 0) {
    return Error{.kind = errno == EPERM ? ErrorKind::Refused : ErrorKind::Unavailable,
                 .attempted = "ping",
                 .subject = {},
                 .why = errno_text(errno)};
  }
  const int fd = socket.get();
  // Kept alive by its watch and its timers until it ends.
  const std::shared_ptr<Ping> ping(new Ping(loop, plan, std::move(socket), std::move(on_done)));
  SPLITSITE_TRY_VOID(loop.watch(fd, EPOLLIN, [ping](std::uint32_t) { ping->receive(); }));
  ping->send_next();
  return success();
}

Ping::Ping(EventLoop& loop, const PingPlan& plan, UniqueFd socket, OnDone on_done)
    : loop_(loop),
      plan_(plan),
      socket_(std::move(socket)),
      on_done_(std::move(on_done)),
      id_(next_id()),
      round_trips_(plan.count) {}

void Ping::send_next() {
  struct {
    icmphdr header;
    std::array<char, 32> filling;
  } request{};
  request.header.type = ICMP_ECHO;
  request.header.un.echo.id = htons(id_);
  request.header.un.echo.sequence = htons(static_cast<std::uint16_t>(sent_.size()));
  request.header.checksum = internet_checksum(&request, sizeof request);
  sent_.push_back(realtime());
  // One that cannot be sent, for want of a neighbour or a route, is one without an answer.
  [[maybe_unused]] const auto went = ::send(socket_.get(), &request, sizeof request, MSG_NOSIGNAL);
  const bool last = sent_.size() == plan_.count;
  timer_ = loop_.after(last ? plan_.timeout : plan_.interval, [self = shared_from_this(), last] {
    if (last) return self->end();
    self->send_next();
  });
}

void Ping::receive() {
  while (true) {
    std::array<char, 512> bytes{};
    alignas(cmsghdr) std::array<char, 128> control{};
    iovec into{.iov_base = bytes.data(), .iov_len = bytes.size()};
    msghdr message{};
    message.msg_iov = &into;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(socket_.get(), &message, 0);
    if (got < 0 && errno == EAGAIN) break;
    if (got < 0) continue;  // an ICMP error for one of ours, reported once
    iphdr ip{};
    icmphdr reply{};
    std::memcpy(&ip, bytes.data(), sizeof ip);
    const std::size_t header_size = ip.ihl * 4U;
    if (static_cast<std::size_t>(got) < header_size + sizeof reply) continue;
    std::memcpy(&reply, bytes.data() + header_size, sizeof reply);
    const std::size_t number = ntohs(reply.un.echo.sequence);
    const bool ours = reply.type == ICMP_ECHOREPLY && ntohs(reply.un.echo.id) == id_;
    if (!ours || number >= sent_.size() || round_trips_[number]) continue;
    const auto took = std::max(stamp_of(message) - sent_[number], std::chrono::nanoseconds(0));
    round_trips_[number] = std::chrono::duration_cast<std::chrono::microseconds>(took);
    ++answered_;
  }
  if (answered_ == plan_.count) end();
}

void Ping::end() {
  loop_.cancel(timer_);
  loop_.forget(socket_.get());  // the caller still holds us
  on_done_(round_trips_);
}

}  // namespace splitsite::agent
