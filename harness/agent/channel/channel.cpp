#include "harness/agent/channel/channel.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t on_change = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

Error cannot_open(const std::string& where, int error) {
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "open the agent's channel",
               .subject = where,
               .why = errno_text(error)};
}

bool is_character_device(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISCHR(found.st_mode);
}

bool hung_up(int fd) {
  pollfd state{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & POLLHUP) != 0;
}

}  // namespace

std::string find_virtio_port(const std::string& name, const std::string& dev,
                             const std::string& sys) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path by_name = fs::path(dev) / "virtio-ports" / name;
  if (fs::exists(by_name, ignored)) return by_name.string();
  for (fs::directory_iterator port(sys, ignored), end; !ignored && port != end;
       port.increment(ignored)) {
    std::string port_name;
    std::ifstream file(port->path() / "name");
    std::getline(file, port_name);
    if (port_name == name) return (fs::path(dev) / port->path().filename()).string();
  }
  return {};
}

Channel::Channel(EventLoop& loop, std::string where, Handlers handlers)
    : loop_(loop), where_(std::move(where)), handlers_(std::move(handlers)), lines_(longest_line) {}

Channel::~Channel() {
  loop_.cancel(retry_);
  loop_.cancel(grace_);
  if (stream_) loop_.forget(stream_.get());
  if (listener_) {
    loop_.forget(listener_.get());
    ::unlink(where_.c_str());
  }
}

Result<void> Channel::open() {
  const bool is_path = where_.find('/') != std::string::npos;
  if (is_path && !is_character_device(where_)) return open_listener();
  const std::string device = is_path ? where_ : find_virtio_port(where_);
  if (device.empty() || !open_port(device)) retry_later();
  return success();
}

// The driver may come up after the agent, and a predecessor may not have let go yet.
void Channel::retry_later() {
  retry_ = loop_.after(200ms, [this] { [[maybe_unused]] const auto again = open(); });
}

Result<void> Channel::open_port(const std::string& device) {
  UniqueFd port(::open(device.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!port) return cannot_open(device, errno);
  adopt(std::move(port));
  return success();
}

Result<void> Channel::open_listener() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (where_.size() >= sizeof address.sun_path) return cannot_open(where_, ENAMETOOLONG);
  std::memcpy(address.sun_path, where_.data(), where_.size());
  listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  ::unlink(where_.c_str());
  if (!listener_ ||
      ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), 1) != 0) {
    return cannot_open(where_, errno);
  }
  return loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept_reader(); });
}

void Channel::accept_reader() {
  UniqueFd reader(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!reader) return;
  if (stream_) reader_gone();  // as with a port, the newest connection is the one that counts
  adopt(std::move(reader));
}

void Channel::adopt(UniqueFd stream) {
  stream_ = std::move(stream);
  const auto watched =
      loop_.watch(stream_.get(), on_change, [this](std::uint32_t) { on_stream(); });
  if (!watched) {
    stream_.reset();
    if (!is_socket()) retry_later();
  }
}

void Channel::on_stream() {
  // The state now, not the one the event was made from: readers may have changed in between.
  const bool gone = hung_up(stream_.get());
  if (!gone) {
    loop_.cancel(std::exchange(grace_, 0));
    reader_here();
  }
  read_all(gone);
  if (!stream_) return;
  if (gone && reader_present_ && grace_ == 0) return reader_gone();
  write_some();
}

void Channel::reader_here() {
  if (reader_present_) return;
  reader_present_ = true;
  send("");  // ends whatever line the last reader left unread
  handlers_.reader_came();
}

void Channel::read_all(bool hung_up_before) {
  std::array<char, 16 * 1024> bytes{};
  while (stream_) {
    const ssize_t got = ::read(stream_.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 && is_socket()) return reader_gone();
    if (got <= 0) return;
    if (hung_up_before && !reader_present_) wait_for_confirmation();
    lines_.add({bytes.data(), static_cast<std::size_t>(got)});
    while (auto line = lines_.next()) {
      if (!line->empty()) handlers_.line(*line);
    }
    for (std::size_t dropped = lines_.take_dropped(); dropped > 0; --dropped) {
      handlers_.oversized_line();
    }
  }
}

// A port's data and the news that its reader has connected come by different ways, in either order.
void Channel::wait_for_confirmation() {
  reader_here();
  grace_ = loop_.after(1s, [this] {
    grace_ = 0;
    if (stream_) on_stream();
  });
}

void Channel::send(std::string_view line) {
  if (!reader_present_ || unsent_.size() > most_unsent) return;
  unsent_.append(line);
  unsent_.push_back('\n');
  write_some();
}

void Channel::write_some() {
  std::size_t sent = 0;
  while (stream_ && sent < unsent_.size()) {
    const ssize_t wrote = ::write(stream_.get(), unsent_.data() + sent, unsent_.size() - sent);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) break;  // full: an event follows; gone: a hang-up follows
    sent += static_cast<std::size_t>(wrote);
  }
  unsent_.erase(0, sent);
}

void Channel::reader_gone() {
  loop_.cancel(std::exchange(grace_, 0));
  reader_present_ = false;
  unsent_.clear();
  lines_.forget_partial();
  if (!is_socket()) return;  // the port stays open and tells when the next reader comes
  loop_.forget(stream_.get());
  stream_.reset();
}

}  // namespace splitsite::agent
