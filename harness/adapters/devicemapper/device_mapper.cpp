#include "harness/adapters/devicemapper/device_mapper.hpp"

#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "harness/core/system_error.hpp"

namespace splitsite::devicemapper {
namespace {

constexpr std::size_t answer_size = 16 * 1024;  // a table of ours is some hundred bytes
// Nothing below is a file system, and I/O that cannot complete must not be waited for by pushing
// it down once more.
constexpr std::uint32_t suspend_flags = DM_SUSPEND_FLAG | DM_SKIP_LOCKFS_FLAG | DM_NOFLUSH_FLAG;

// One request and the room for its answer.
class Request {
 public:
  Request(const std::string& device, std::uint32_t flags, std::span<const std::byte> data = {})
      : bytes_(std::max(answer_size, sizeof(dm_ioctl) + data.size())) {
    dm_ioctl& head = this->head();
    // The oldest interface that has all we use: a kernel refuses a newer one than its own.
    head.version[0] = DM_VERSION_MAJOR;
    head.data_size = static_cast<std::uint32_t>(bytes_.size());
    head.data_start = sizeof(dm_ioctl);
    head.flags = flags;
    std::strncpy(head.name, device.c_str(), DM_NAME_LEN - 1);
    if (!data.empty()) std::memcpy(bytes_.data() + sizeof(dm_ioctl), data.data(), data.size());
  }

  dm_ioctl& head() { return *reinterpret_cast<dm_ioctl*>(bytes_.data()); }
  // 0 or an errno. Async-signal-safe.
  int send(int control, unsigned long command) {
    return ::ioctl(control, command, bytes_.data()) == 0 ? 0 : errno;
  }
  // What the kernel put behind the head.
  std::span<const std::byte> answer() {
    const std::size_t end = std::min<std::size_t>(head().data_size, bytes_.size());
    const std::size_t start = std::min<std::size_t>(head().data_start, end);
    return std::span<const std::byte>(bytes_).subspan(start, end - start);
  }

 private:
  std::vector<std::byte> bytes_;  // aligned for every type
};

Error refused(const std::string& attempted, const std::string& device, int value) {
  Error error = system_error(attempted, device, value);
  if (value == ENXIO) error.why = "there is no such device";
  return error;
}

struct ChildPolicy {
  using Type = ::pid_t;
  static Type empty() { return -1; }
  static void close(Type child) noexcept {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
};

Error still_in_flight(const std::string& device) {
  return Error{.kind = ErrorKind::TimedOut,
               .attempted = "suspend",
               .subject = device,
               .why = "its I/O in flight does not complete"};
}

// Suspending waits for I/O in flight, however long: so it is done by a child, which can be given
// up. The kernel ends the wait of a killed process and puts the device back to work.
Result<int> suspend_in_child(int control, Request& request, const std::string& device,
                             Duration bound) {
  UniqueHandle<ChildPolicy> child(::fork());
  if (!child) return system_error("start a process to suspend", device);
  if (child.get() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::_exit(request.send(control, DM_DEV_SUSPEND));
  }
  const UniqueFd ended(static_cast<int>(::syscall(SYS_pidfd_open, child.get(), 0)));
  if (!ended) return system_error("watch the process that is to suspend", device);
  pollfd waiting{.fd = ended.get(), .events = POLLIN, .revents = 0};
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(bound).count();
  if (::poll(&waiting, 1, static_cast<int>(limit)) != 1) return still_in_flight(device);
  int status = 0;
  ::waitpid(child.release(), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

}  // namespace

Result<DeviceMapper> DeviceMapper::open(const std::string& control) {
  UniqueFd fd(::open(control.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) return system_error("open the device mapper's control device", control);
  return DeviceMapper(std::move(fd));
}

Result<Table> DeviceMapper::ask_for_table(const std::string& device, std::uint32_t flags) const {
  Request request(device, flags | DM_NOFLUSH_FLAG);
  if (const int error = request.send(control_.get(), DM_TABLE_STATUS); error != 0) {
    return refused("read the table of", device, error);
  }
  if ((request.head().flags & DM_BUFFER_FULL_FLAG) != 0) {
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "read the table of",
                 .subject = device,
                 .why = "it is longer than 16 KiB"};
  }
  return read_back(request.answer(), request.head().target_count);
}

Result<Table> DeviceMapper::table(const std::string& device) const {
  return ask_for_table(device, DM_STATUS_TABLE_FLAG);
}

Result<Table> DeviceMapper::status(const std::string& device) const {
  return ask_for_table(device, 0);
}

Result<bool> DeviceMapper::suspended(const std::string& device) const {
  Request request(device, 0);
  if (const int error = request.send(control_.get(), DM_DEV_STATUS); error != 0) {
    return refused("read the state of", device, error);
  }
  return (request.head().flags & DM_SUSPEND_FLAG) != 0;
}

Result<void> DeviceMapper::replace(const std::string& device, const Table& table, Duration bound) {
  Request load(device, 0, to_load(table));
  load.head().target_count = static_cast<std::uint32_t>(table.size());
  if (const int error = load.send(control_.get(), DM_TABLE_LOAD); error != 0) {
    return refused("load \"" + describe(table) + "\" into", device, error);
  }
  SPLITSITE_TRY_VOID(suspend(device, bound));
  return resume(device);  // with the table that is loaded
}

// A table that stayed loaded would come into force with the next resume, whoever asks for it.
void DeviceMapper::back_to_work(const std::string& device) {
  Request request(device, 0);
  (void)request.send(control_.get(), DM_TABLE_CLEAR);
  (void)resume(device);
}

Result<void> DeviceMapper::suspend(const std::string& device, Duration bound) {
  SPLITSITE_TRY(const bool already, suspended(device));
  if (already) return success();
  Request request(device, suspend_flags);
  const auto answered = suspend_in_child(control_.get(), request, device, bound);
  if (answered && answered.value() == 0) return success();
  // Also one that succeeded in the very moment it was given up.
  back_to_work(device);
  if (answered) return refused("suspend", device, answered.value());
  return answered.error();
}

Result<void> DeviceMapper::resume(const std::string& device) {
  Request request(device, 0);
  const int error = request.send(control_.get(), DM_DEV_SUSPEND);
  if (error != 0) return refused("resume", device, error);
  return success();
}

}  // namespace splitsite::devicemapper
