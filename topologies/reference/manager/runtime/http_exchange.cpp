#include "topologies/reference/manager/runtime/http_exchange.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <optional>

#include "harness/core/error.hpp"
#include "harness/core/handle.hpp"

namespace splitsite::reference {
namespace {

using MaybeFailure = std::optional<ExchangeFailure>;

constexpr std::size_t kLargestAnswer = 4 * 1024 * 1024;

ExchangeFailure failure_of(int error) {
  switch (error) {
    case ECONNREFUSED:
      return {NetworkFailure::Refused, errno_text(error)};
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
      return {NetworkFailure::Unreachable, errno_text(error)};
    case ETIMEDOUT:
      return {NetworkFailure::TimedOut, errno_text(error)};
    default:
      return {NetworkFailure::Broken, errno_text(error)};
  }
}

// One non-blocking socket with a deadline that covers the current stage.
class Connection {
 public:
  Connection(Clock& clock, const std::stop_token& stop) : clock_(clock), stop_(stop) {}

  MaybeFailure open(const Endpoint& to, Duration bound) {
    fd_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd_) return failure_of(errno);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(to.port);
    if (::inet_pton(AF_INET, to.address.c_str(), &address.sin_addr) != 1) {
      return ExchangeFailure{NetworkFailure::Unreachable, "not an IPv4 address: " + to.address};
    }
    limit(bound, "connecting");
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      return std::nullopt;
    }
    if (errno != EINPROGRESS) return failure_of(errno);
    if (auto failure = wait_for(POLLOUT)) return failure;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    return error == 0 ? MaybeFailure() : failure_of(error);
  }

  void limit(Duration bound, const char* stage) {
    deadline_ = clock_.now() + bound;
    bound_ = bound;
    stage_ = stage;
  }

  MaybeFailure send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        text.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno != EAGAIN && errno != EINTR) {
        return failure_of(errno);
      } else if (auto failure = wait_for(POLLOUT)) {
        return failure;
      }
    }
    return std::nullopt;
  }

  // Appends what has come; sets `ended` when the other side has closed.
  MaybeFailure receive(std::string& into, bool& ended) {
    if (auto failure = wait_for(POLLIN)) return failure;
    std::array<char, 16384> buffer;
    const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR ? MaybeFailure() : failure_of(errno);
    ended = got == 0;
    into.append(buffer.data(), static_cast<std::size_t>(got));
    return std::nullopt;
  }

 private:
  MaybeFailure wait_for(short events) {
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - clock_.now());
      if (left.count() <= 0 || stop_.stop_requested()) {
        return ExchangeFailure{
            NetworkFailure::TimedOut,
            fmt::format("{} took longer than {}", stage_, format_duration(bound_))};
      }
      pollfd entry{.fd = fd_.get(), .events = events, .revents = 0};
      // Looks at the stop token ten times a second.
      const int ready = ::poll(&entry, 1, static_cast<int>(std::min<long>(left.count(), 100)));
      if (ready > 0) return std::nullopt;
      if (ready < 0 && errno != EINTR) return failure_of(errno);
    }
  }

  Clock& clock_;
  const std::stop_token& stop_;
  UniqueFd fd_;
  Instant deadline_{};
  Duration bound_{};
  const char* stage_ = "";
};

// The value of Content-Length in the header block, if there is one that can be read.
std::optional<std::size_t> content_length(std::string header) {
  std::transform(header.begin(), header.end(), header.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::string_view kName = "\r\ncontent-length:";
  const std::size_t at = header.find(kName);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t digits = header.find_first_not_of(' ', at + kName.size());
  if (digits == std::string::npos) return std::nullopt;
  std::size_t length = 0;
  const auto read = std::from_chars(header.data() + digits, header.data() + header.size(), length);
  return read.ec == std::errc() ? std::optional(length) : std::nullopt;
}

std::variant<std::string, ExchangeFailure> read_answer(Connection& connection) {
  std::string text;
  bool ended = false;
  while (true) {
    const std::size_t header_end = text.find("\r\n\r\n");
    if (header_end != std::string::npos) {
      const auto length = content_length(text.substr(0, header_end));
      const std::string body = text.substr(header_end + 4);
      if (length && body.size() >= *length) return body.substr(0, *length);
      if (!length && ended) return body;
    }
    if (ended) return ExchangeFailure{NetworkFailure::Broken, "the answer is incomplete"};
    if (text.size() > kLargestAnswer) {
      return ExchangeFailure{NetworkFailure::Broken, "the answer is too long"};
    }
    if (auto failure = connection.receive(text, ended)) return *failure;
  }
}

}  // namespace

std::variant<std::string, ExchangeFailure> post(const Endpoint& to, const std::string& path,
                                                const std::string& body,
                                                const ExchangeLimits& limits, Clock& clock,
                                                const std::stop_token& stop) {
  Connection connection(clock, stop);
  if (auto failure = connection.open(to, limits.connect)) return *failure;
  connection.limit(limits.answer, "the answer");
  const std::string request = fmt::format(
      "POST {} HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\n"
      "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      path, to.address, to.port, body.size(), body);
  if (auto failure = connection.send(request)) return *failure;
  return read_answer(connection);
}

}  // namespace splitsite::reference
