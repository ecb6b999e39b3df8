#include "harness/agent/probes/stream_sender.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "harness/agent/probes/stream_datagram.hpp"
#include "harness/core/error.hpp"

namespace splitsite::agent {
namespace {

constexpr int kAtOnce = 64;  // then the loop's other work has its turn
constexpr Duration kShortestPause = std::chrono::milliseconds(1);  // the loop's timers are no finer
constexpr std::size_t kEthernetPayload = 1472;

void prepare(int fd, std::size_t payload) {
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof on);
  const int queue = 4 * 1024 * 1024;
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &queue, sizeof queue);
  if (payload > kEthernetPayload) return;
  // In one piece, whatever the kernel has learnt of the path: else a link that swallows long
  // packets would be seen once and then be worked around.
  const int whole = IP_PMTUDISC_PROBE;
  ::setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof whole);
}

}  // namespace

Result<void> StreamSender::start(EventLoop& loop, const SendPlan& plan, OnDone on_done) {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) {
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "make",
                 .subject = "a socket",
                 .why = errno_text(errno)};
  }
  prepare(socket.get(), plan.payload);
  const std::shared_ptr<StreamSender> sender(
      new StreamSender(loop, plan, std::move(socket), std::move(on_done)));
  sender->round();
  return success();
}

StreamSender::StreamSender(EventLoop& loop, const SendPlan& plan, UniqueFd socket, OnDone on_done)
    : loop_(loop),
      plan_(plan),
      socket_(std::move(socket)),
      on_done_(std::move(on_done)),
      begun_(steady_clock().now()) {}

// How many should have been sent by now. A round that comes late sends what was missed.
int StreamSender::due() const {
  if (plan_.interval <= Duration::zero()) return plan_.count;
  const auto passed = (steady_clock().now() - begun_) / plan_.interval;
  return static_cast<int>(std::min<std::int64_t>(plan_.count, passed + 1));
}

void StreamSender::round() {
  const int until = std::min(due(), sent_ + kAtOnce);
  while (sent_ < until && send_next()) ++sent_;
  if (sent_ >= plan_.count) return on_done_(sent_);
  const bool behind = sent_ < due();
  const Instant next = begun_ + sent_ * plan_.interval;
  const Duration pause = std::max<Duration>(kShortestPause, next - steady_clock().now());
  loop_.after(behind ? kShortestPause / 2 : pause, [self = shared_from_this()] { self->round(); });
}

bool StreamSender::send_next() {
  const StreamDatagram datagram{
      .stream = plan_.stream, .number = static_cast<std::uint32_t>(sent_), .sent = stream_now()};
  const std::string bytes = to_bytes(datagram, plan_.payload);
  const ssize_t sent = ::sendto(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&plan_.to), sizeof plan_.to);
  return sent >= 0 || (errno != EAGAIN && errno != ENOBUFS);
}

}  // namespace splitsite::agent
