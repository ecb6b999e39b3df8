#include "topologies/guest/machine.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/input.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>

namespace splitsite::guest {

namespace {

Error failed(std::string attempted, std::string subject) {
  return {.kind = ErrorKind::Unavailable,
          .attempted = std::move(attempted),
          .subject = std::move(subject),
          .why = std::strerror(errno)};
}

Result<void> load_module(const std::string& name) {
  const std::string path = "/modules/" + name;
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return failed("open the kernel module", path);
  const long outcome = syscall(SYS_finit_module, file, "", 0);
  const int error = errno;
  close(file);
  errno = error;
  if (outcome != 0 && error != EEXIST) return failed("load the kernel module", name);
  return success();
}

sockaddr internet(in_addr address) {
  sockaddr_in internet{};
  internet.sin_family = AF_INET;
  internet.sin_addr = address;
  sockaddr generic{};
  std::memcpy(&generic, &internet, sizeof generic);
  return generic;
}

in_addr netmask(int prefix_length) {
  const std::uint32_t bits = prefix_length == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix_length);
  return {htonl(bits)};
}

bool is_power_button(int device) {
  std::array<unsigned long, KEY_MAX / (8 * sizeof(unsigned long)) + 1> keys{};
  if (ioctl(device, EVIOCGBIT(EV_KEY, sizeof keys), keys.data()) < 0) return false;
  constexpr std::size_t bits = 8 * sizeof(unsigned long);
  // A keyboard may have a power key too, but then it also has letters.
  const auto has = [&](unsigned key) { return (keys[key / bits] >> (key % bits) & 1) != 0; };
  return has(KEY_POWER) && !has(KEY_A);
}

}  // namespace

Result<void> mount_kernel_file_systems() {
  mkdir("/proc", 0755);
  mkdir("/dev", 0755);
  if (mount("proc", "/proc", "proc", 0, nullptr) != 0) return failed("mount", "/proc");
  // The kernel may have done it by itself before starting us.
  if (mount("devtmpfs", "/dev", "devtmpfs", 0, nullptr) != 0 && errno != EBUSY) {
    return failed("mount", "/dev");
  }
  return success();
}

Result<std::string> read_text(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return failed("open", path);
  std::string text;
  std::array<char, 4096> buffer{};
  ssize_t got = 0;
  while ((got = read(file, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  close(file);
  if (got < 0) return failed("read", path);
  return text;
}

Result<void> load_modules() {
  SPLITSITE_TRY(const std::string order, read_text("/modules/order"));
  std::istringstream lines(order);
  for (std::string name; std::getline(lines, name);) {
    SPLITSITE_TRY_VOID(load_module(name));
  }
  return success();
}

Result<void> bring_up_network(const Options& options) {
  const int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (handle < 0) return failed("open a socket for", "eth0");
  ifreq request{};
  std::strncpy(request.ifr_name, "eth0", IFNAMSIZ - 1);
  request.ifr_addr = internet(options.address);
  bool good = ioctl(handle, SIOCSIFADDR, &request) == 0;
  request.ifr_netmask = internet(netmask(options.prefix_length));
  good = good && ioctl(handle, SIOCSIFNETMASK, &request) == 0;
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  good = good && ioctl(handle, SIOCSIFFLAGS, &request) == 0;
  const int error = errno;
  close(handle);
  errno = error;
  if (!good) return failed("bring up", "eth0");
  return success();
}

int open_power_button() {
  for (int number = 0; number < 8; ++number) {
    const std::string path = "/dev/input/event" + std::to_string(number);
    const int device = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (device < 0) continue;
    if (is_power_button(device)) return device;
    close(device);
  }
  return -1;
}

bool power_button_pressed(int button) {
  input_event event{};
  while (read(button, &event, sizeof event) == static_cast<ssize_t>(sizeof event)) {
    if (event.type == EV_KEY && event.code == KEY_POWER && event.value == 1) return true;
  }
  return false;
}

void power_off() {
  sync();
  reboot(RB_POWER_OFF);
  // Only a machine without any power management gets here.
  for (;;) pause();
}

}  // namespace splitsite::guest
