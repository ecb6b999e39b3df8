#include "topologies/reference/hostd/node_machine.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <fstream>

#include "harness/core/handle.hpp"

namespace splitsite::reference::hostd {
namespace {

constexpr std::size_t kBlock = 4096;

std::chrono::milliseconds since_boot() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::duration_cast<std::chrono::milliseconds>(
                                                std::chrono::nanoseconds(now.tv_nsec));
}

void read_memory(MachineFacts& facts) {
  std::ifstream file("/proc/meminfo");
  std::string key;
  std::string rest;
  int kib = 0;
  while (file >> key >> kib && std::getline(file, rest)) {
    if (key == "MemTotal:") facts.memory_total_mib = kib / 1024;
    if (key == "MemAvailable:") facts.memory_free_mib = kib / 1024;
  }
}

}  // namespace

Result<void> BlockLun::read() {
  const auto failed = [&](ErrorKind kind, const char* attempted) {
    return Error{
        .kind = kind, .attempted = attempted, .subject = device_, .why = errno_text(errno)};
  };
  const UniqueFd fd(::open(device_.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
  if (!fd) {
    const bool absent = errno == ENOENT || errno == ENXIO || errno == ENODEV;
    return failed(absent ? ErrorKind::Unavailable : ErrorKind::Refused, "open the LUN");
  }
  alignas(kBlock) std::byte block[kBlock];
  if (::pread(fd.get(), block, sizeof block, static_cast<off_t>(offset_)) !=
      static_cast<ssize_t>(sizeof block))
    return failed(ErrorKind::Refused, "read the LUN");
  return success();
}

MachineFacts NodeMachine::facts() {
  MachineFacts facts{.uptime = since_boot()};
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id") >> std::ws, facts.boot_id);
  std::ifstream("/proc/loadavg") >> facts.cpu_load;
  read_memory(facts);
  return facts;
}

}  // namespace splitsite::reference::hostd
