#include "topologies/reference/witness/client.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "harness/core/handle.hpp"

namespace splitsite::reference {
namespace {

class Exchange {
 public:
  Exchange(const WitnessAddress& witness, Duration limit)
      : witness_(witness), deadline_(steady_clock(), limit) {}

  Result<void> connect() {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(witness_.port);
    if (::inet_pton(AF_INET, witness_.ip.c_str(), &to.sin_addr) != 1) return failed(EINVAL);
    socket_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_) return failed(errno);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
      return success();
    }
    if (errno != EINPROGRESS) return failed(errno);
    SPLITSITE_TRY_VOID(await(POLLOUT));
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return failed(error);
    return success();
  }

  Result<void> send(const std::string& line) {
    const ssize_t sent = ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(line.size())) return failed(sent < 0 ? errno : EIO);
    return success();
  }

  Result<std::string> receive_line() {
    std::string text;
    while (text.find('\n') == std::string::npos) {
      SPLITSITE_TRY_VOID(await(POLLIN));
      std::array<char, 1024> bytes{};
      const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
      if (got < 0 && errno == EAGAIN) continue;
      if (got <= 0) return failed(got == 0 ? ECONNRESET : errno);
      text.append(bytes.data(), static_cast<std::size_t>(got));
      if (text.size() > 4096) return failed(EMSGSIZE);
    }
    return text.substr(0, text.find('\n'));
  }

 private:
  Result<void> await(short what) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline_.remaining(steady_clock()));
    pollfd wanted{.fd = socket_.get(), .events = what, .revents = 0};
    const int limit = std::max(0, static_cast<int>(left.count()));
    if (::poll(&wanted, 1, limit) <= 0) return failed(ETIMEDOUT);
    return success();
  }

  Error failed(int error) const {
    return Error{.kind = error == ETIMEDOUT ? ErrorKind::TimedOut : ErrorKind::Unavailable,
                 .attempted = "ask the witness at",
                 .subject = fmt::format("{}:{}", witness_.ip, witness_.port),
                 .why = errno_text(error)};
  }

  const WitnessAddress& witness_;
  Deadline deadline_;
  UniqueFd socket_;
};

}  // namespace

Result<WitnessReply> ask_witness(const WitnessAddress& witness, const WitnessRequest& request,
                                 Duration limit) {
  Exchange exchange(witness, limit);
  SPLITSITE_TRY_VOID(exchange.connect());
  SPLITSITE_TRY_VOID(exchange.send(to_line(request) + "\n"));
  SPLITSITE_TRY(const auto line, exchange.receive_line());
  return reply_from_line(request.op, line);
}

}  // namespace splitsite::reference
