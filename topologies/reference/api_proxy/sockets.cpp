#include "topologies/reference/api_proxy/sockets.hpp"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace splitsite::reference {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kEstablished = 1;  // as in the kernel's net/tcp_states.h
constexpr unsigned kListens = 10;

std::optional<pid_t> number_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (name.empty() || name.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  return static_cast<pid_t>(std::stol(name));
}

Error cannot(const char* what, const std::string& subject) {
  return Error{.kind = errno == ESRCH ? ErrorKind::Unavailable : ErrorKind::Refused,
               .attempted = what,
               .subject = subject,
               .why = errno_text(errno)};
}

}  // namespace

// A line: "  0: 1F00000A:01BB 00000000:0000 0A …", address in the machine's byte order, then
// uid, timeout, inode as the 8th, 9th and 10th word.
std::vector<TcpSocket> tcp_sockets(std::uint16_t port, const std::string& table) {
  std::vector<TcpSocket> found;
  std::ifstream file(table);
  for (std::string line; std::getline(file, line);) {
    unsigned address = 0;
    unsigned own_port = 0;
    unsigned state = 0;
    unsigned long long inode = 0;
    const int read =
        std::sscanf(line.c_str(), "%*u: %8X:%4X %*8X:%*4X %2X %*s %*s %*s %*u %*u %llu", &address,
                    &own_port, &state, &inode);
    if (read != 4 || own_port != port || (state != kEstablished && state != kListens)) continue;
    found.push_back({.address = {address}, .listens = state == kListens, .inode = inode});
  }
  return found;
}

std::vector<OpenDescriptor> sockets_of(pid_t process) {
  std::vector<OpenDescriptor> found;
  std::error_code error;
  fs::directory_iterator entries(fmt::format("/proc/{}/fd", process), error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    std::error_code vanished;
    const std::string target = fs::read_symlink(entries->path(), vanished).string();
    unsigned long long inode = 0;
    if (vanished || std::sscanf(target.c_str(), "socket:[%llu]", &inode) != 1) continue;
    found.push_back({.number = std::stoi(entries->path().filename().string()), .inode = inode});
  }
  return found;
}

std::optional<pid_t> owner_of(std::uint64_t inode) {
  std::error_code error;
  fs::directory_iterator entries("/proc", error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const auto process = number_of(entries->path());
    if (!process || *process == ::getpid()) continue;
    for (const OpenDescriptor& open : sockets_of(*process)) {
      if (open.inode == inode) return process;
    }
  }
  return std::nullopt;
}

Result<UniqueFd> open_process(pid_t process) {
  UniqueFd opened(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!opened) return cannot("open the process", std::to_string(process));
  return opened;
}

Result<UniqueFd> copy_descriptor(int process, int number) {
  UniqueFd copy(static_cast<int>(::syscall(SYS_pidfd_getfd, process, number, 0)));
  if (!copy) return cannot("copy the descriptor", std::to_string(number));
  return copy;
}

}  // namespace splitsite::reference
