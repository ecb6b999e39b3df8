#include "harness/cli/node_console.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "harness/core/handle.hpp"

namespace splitsite::cli {
namespace {

using namespace std::chrono_literals;

constexpr char kLeave = 0x1d;  // Ctrl-]
constexpr int kLookAtStopMs = 100;
constexpr Duration kSilence = 1s;

// The terminal gives every key to the node, Ctrl-C too, until this goes out of scope.
class RawTerminal {
 public:
  RawTerminal() {
    if (::isatty(STDIN_FILENO) == 0 || ::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios raw = before_;
    ::cfmakeraw(&raw);
    active_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  ~RawTerminal() {
    if (active_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  bool active() const { return active_; }

 private:
  termios before_{};
  bool active_ = false;
};

Result<UniqueFd> connect_to(const std::string& path, const NodeId& node) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd && ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    return fd;
  }
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "reach the shell of",
               .subject = node.str(),
               .why = errno_text(errno),
               .hint = "splitsite lab status shows which nodes there are and which have power"};
}

bool write_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t put = ::write(fd, data, size);
    if (put <= 0) return false;
    data += put;
    size -= static_cast<std::size_t>(put);
  }
  return true;
}

// Carries bytes both ways; true when it is over.
class Joined {
 public:
  Joined(int shell, bool terminal) : shell_(shell), terminal_(terminal) {}

  bool step() {
    pollfd watched[] = {{input_open_ ? STDIN_FILENO : -1, POLLIN, 0}, {shell_, POLLIN, 0}};
    if (::poll(watched, 2, kLookAtStopMs) < 0) return errno != EINTR;
    if (watched[1].revents != 0 && !from_shell()) return true;
    if (watched[0].revents != 0 && !from_input()) return true;
    return !input_open_ && steady_clock().now() - heard_ > kSilence;
  }

 private:
  bool from_shell() {
    const ssize_t got = ::read(shell_, bytes_.data(), bytes_.size());
    heard_ = steady_clock().now();
    return got > 0 && write_all(STDOUT_FILENO, bytes_.data(), static_cast<std::size_t>(got));
  }
  bool from_input() {
    const ssize_t got = ::read(STDIN_FILENO, bytes_.data(), bytes_.size());
    heard_ = steady_clock().now();
    if (got <= 0) {
      input_open_ = false;
      return true;
    }
    const auto size = static_cast<std::size_t>(got);
    if (terminal_ && std::memchr(bytes_.data(), kLeave, size) != nullptr) return false;
    return write_all(shell_, bytes_.data(), size);
  }

  int shell_;
  bool terminal_;
  bool input_open_ = true;
  Instant heard_ = steady_clock().now();
  std::array<char, 4096> bytes_{};
};

}  // namespace

Result<void> open_shell(Context& context, const LabPaths& paths, const NodeId& node, bool) {
  SPLITSITE_TRY(const UniqueFd shell, connect_to(paths.shell_socket(node), node));
  {
    const RawTerminal terminal;
    if (terminal.active()) {
      fmt::print(stderr, "root shell of {}; leave it with Ctrl-]\r\n", node);
      (void)write_all(shell.get(), "\n", 1);  // makes the shell show its prompt
    }
    Joined joined(shell.get(), terminal.active());
    while (!context.stop.stop_requested() && !joined.step()) {
    }
  }
  fmt::print("\n");
  return success();
}

Result<void> follow_console(Context& context, const LabPaths& paths, const NodeId& node,
                            bool follow) {
  std::ifstream file(paths.console_log(node), std::ios::binary);
  if (!file) {
    return Error{.kind = ErrorKind::Invalid,
                 .attempted = "show the console of",
                 .subject = node.str(),
                 .why = "there is no " + paths.console_log(node)};
  }
  std::array<char, 4096> bytes{};
  while (!context.stop.stop_requested()) {
    file.read(bytes.data(), bytes.size());
    if (file.gcount() > 0) {
      (void)write_all(STDOUT_FILENO, bytes.data(), static_cast<std::size_t>(file.gcount()));
      continue;
    }
    if (!follow) break;
    file.clear();
    steady_clock().pause(100ms);
  }
  return success();
}

}  // namespace splitsite::cli
