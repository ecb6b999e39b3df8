// splitsite-guest: the first process of a guest. Appends a record to its disk again and again and
// tells the collector which ones are durable. It never gives up by itself: a machine whose workload
// ended would look like one that is down.
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <string>

#include "topologies/guest/datagram.hpp"
#include "topologies/guest/disk.hpp"
#include "topologies/guest/machine.hpp"
#include "topologies/guest/options.hpp"
#include "topologies/guest/workload.hpp"

namespace splitsite::guest {
namespace {

constexpr int start_reports = 3;
constexpr int ticks_between_start_reports = 2;

void say(const std::string& text) {
  const std::string line = "splitsite-guest: " + text + "\n";
  // Nothing can be done about a console that does not take it.
  [[maybe_unused]] const ssize_t put = write(STDOUT_FILENO, line.data(), line.size());
}

std::string describe(const Error& error) {
  return "could not " + error.attempted + " " + error.subject + ": " + error.why;
}

std::int64_t now_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::string error_name(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : std::to_string(error);
}

class Guest {
 public:
  Guest(Options options, Workload workload, int socket, int timer, int button)
      : options_(std::move(options)),
        workload_(std::move(workload)),
        socket_(socket),
        timer_(timer),
        button_(button) {}

  [[noreturn]] void run() {
    send(to_json(workload_.start()));
    ++start_reports_sent_;
    for (;;) {
      pollfd events[] = {{timer_, POLLIN, 0}, {socket_, POLLIN, 0}, {button_, POLLIN, 0}};
      if (poll(events, 3, -1) < 0) continue;
      if ((events[2].revents & POLLIN) != 0 && power_button_pressed(button_)) {
        say("power button pressed");
        power_off();
      }
      if ((events[1].revents & POLLIN) != 0) take_answer();
      if ((events[0].revents & POLLIN) != 0) tick();
    }
  }

 private:
  // A lost datagram is the network's business and shows as a gap in the acknowledgements.
  void send(const std::string& text) {
    sendto(socket_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&options_.collector), sizeof options_.collector);
  }

  // The collector answers nothing but start reports, so any datagram from it is the answer.
  void take_answer() {
    char ignored[64];
    while (recv(socket_, ignored, sizeof ignored, MSG_DONTWAIT) >= 0) start_known_ = true;
  }

  void tick() {
    // Ticks missed while a write was stalled are not made up for.
    std::uint64_t expirations = 0;
    if (read(timer_, &expirations, sizeof expirations) < 0) return;
    ++ticks_;
    if (!start_known_ && start_reports_sent_ < start_reports &&
        ticks_ % ticks_between_start_reports == 0) {
      send(to_json(workload_.start()));
      ++start_reports_sent_;
    }
    if (workload_.full()) {
      report_error(ENOSPC);
      return;
    }
    const auto written = workload_.append({now_ns(CLOCK_REALTIME), now_ns(CLOCK_MONOTONIC)});
    if (written.error != 0) {
      report_error(written.error);
      return;
    }
    last_error_ = 0;
    send(to_json(written.report));
  }

  // The collector hears every failure, the console the first of a row.
  void report_error(int error) {
    send(to_json(ErrorReport{options_.vm, workload_.start().boot, error_name(error)}));
    if (error != last_error_) say("write failed: " + error_name(error));
    last_error_ = error;
  }

  Options options_;
  Workload workload_;
  int socket_;
  int timer_;
  int button_;
  int start_reports_sent_ = 0;
  bool start_known_ = false;
  std::uint64_t ticks_ = 0;
  int last_error_ = 0;
};

int start_timer(std::chrono::milliseconds every_so_often) {
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(every_so_often);
  const timespec interval{seconds.count(),
                          std::chrono::nanoseconds(every_so_often - seconds).count()};
  const itimerspec every{interval, interval};
  timerfd_settime(timer, 0, &every, nullptr);
  return timer;
}

std::uint64_t random_number() {
  std::uint64_t number = 0;
  // The pool of so young a machine may not be ready; two starts still differ in their time.
  if (getrandom(&number, sizeof number, GRND_INSECURE) != sizeof number) number = 0;
  return number ^ static_cast<std::uint64_t>(now_ns(CLOCK_REALTIME));
}

Result<void> run() {
  SPLITSITE_TRY_VOID(mount_kernel_file_systems());
  SPLITSITE_TRY(const std::string command_line, read_text("/proc/cmdline"));
  SPLITSITE_TRY(Options options, parse_command_line(command_line));
  SPLITSITE_TRY_VOID(load_modules());
  SPLITSITE_TRY_VOID(bring_up_network(options));
  SPLITSITE_TRY(Disk disk, Disk::open("/dev/vda", Disk::Caching::Direct));
  SPLITSITE_TRY(Workload workload, Workload::begin(disk, options.vm, random_number()));
  const StartReport start = workload.start();
  say(start.vm + " boot " + std::to_string(start.boot) + ", found record " +
      std::to_string(start.found_seq) + " of boot " + std::to_string(start.found_boot) + ", " +
      std::to_string(now_ns(CLOCK_BOOTTIME) / 1'000'000) + " ms after the kernel's start");
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int timer = start_timer(options.write_interval);
  Guest(std::move(options), std::move(workload), socket, timer, open_power_button()).run();
}

}  // namespace
}  // namespace splitsite::guest

int main() {
  if (getpid() != 1) {
    splitsite::guest::say("this is the first process of a guest and does nothing anywhere else");
    return 64;
  }
  const auto outcome = splitsite::guest::run();
  splitsite::guest::say(splitsite::guest::describe(outcome.error()));
  // Off is what a guest that cannot work should look like.
  splitsite::guest::power_off();
}
