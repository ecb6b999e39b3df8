#include "harness/agent/collector/collector.hpp"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

constexpr Duration flush_every = 200ms;
constexpr NodeTime same_trouble_again = 1s;

}  // namespace

Result<std::unique_ptr<Collector>> Collector::listen(EventLoop& loop, std::uint16_t port,
                                                     EventLog& events) {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_port = htons(port);
  own.sin_addr.s_addr = htonl(INADDR_ANY);
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
    return Error{.kind = errno == EADDRINUSE ? ErrorKind::Conflict : ErrorKind::Unavailable,
                 .attempted = "collect on UDP port",
                 .subject = std::to_string(port),
                 .why = errno_text(errno)};
  }
  const int fd = socket.get();
  std::unique_ptr<Collector> collector(new Collector(loop, std::move(socket), events));
  Collector& self = *collector;
  SPLITSITE_TRY_VOID(loop.watch(fd, EPOLLIN, [&self](std::uint32_t) { self.receive(); }));
  return collector;
}

Collector::Collector(EventLoop& loop, UniqueFd socket, EventLog& events)
    : loop_(loop), socket_(std::move(socket)), events_(events) {}

Collector::~Collector() {
  loop_.cancel(flush_timer_);
  loop_.forget(socket_.get());
}

std::uint16_t Collector::port() const {
  sockaddr_in own{};
  socklen_t size = sizeof own;
  ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&own), &size);
  return ntohs(own.sin_port);
}

void Collector::receive() {
  std::array<char, 2048> bytes{};
  while (true) {
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t got = ::recvfrom(socket_.get(), bytes.data(), bytes.size(), 0,
                                   reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 0) return;
    const auto datagram = guest::parse_datagram({bytes.data(), static_cast<std::size_t>(got)});
    if (!datagram || !hear(*datagram)) continue;
    constexpr std::string_view heard = "heard";
    ::sendto(socket_.get(), heard.data(), heard.size(), MSG_NOSIGNAL,
             reinterpret_cast<const sockaddr*>(&from), size);
  }
}

bool Collector::hear(const guest::Datagram& datagram) {
  if (const auto* report = std::get_if<guest::StartReport>(&datagram)) {
    started(*report);
    return true;
  }
  if (const auto* report = std::get_if<guest::ErrorReport>(&datagram)) {
    failed(*report);
    return false;
  }
  const auto& report = std::get<guest::WriteReport>(datagram);
  tell(acks_.add(report.vm, report.boot, report.seq, node_now()));
  if (flush_timer_ == 0) flush_timer_ = loop_.after(flush_every, [this] { flush(); });
  return false;
}

// A guest repeats its start until it is answered; it is one start all the same.
void Collector::started(const guest::StartReport& report) {
  std::uint64_t& told = boots_[report.vm];
  if (told == report.boot) return;
  told = report.boot;
  tell(acks_.take(report.vm));
  events_.emit("guest.start", {{"vm", report.vm},
                               {"boot", report.boot},
                               {"found_seq", report.found_seq},
                               {"found_boot", report.found_boot}});
}

void Collector::failed(const guest::ErrorReport& report) {
  const NodeTime now = node_now();
  Trouble& trouble = troubles_[report.vm];
  const bool same = trouble.boot == report.boot && trouble.error == report.error;
  if (same && now - trouble.told < same_trouble_again) return;
  trouble = Trouble{report.boot, report.error, now};
  tell(acks_.take(report.vm));
  events_.emit("guest.error", {{"vm", report.vm}, {"boot", report.boot}, {"error", report.error}});
}

void Collector::tell(const std::vector<AckRange>& ranges) {
  for (const AckRange& range : ranges) {
    events_.emit("guest.ack",
                 {{"vm", range.vm},
                  {"boot", range.boot},
                  {"from", range.from},
                  {"to", range.to},
                  {"last_ns", range.last.count()}},
                 range.first);
  }
}

void Collector::flush() {
  flush_timer_ = 0;
  tell(acks_.take_all());
}

}  // namespace splitsite::agent
