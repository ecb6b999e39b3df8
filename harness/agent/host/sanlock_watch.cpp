#include "harness/agent/host/sanlock_watch.hpp"

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

extern "C" {  // sanlock's headers do not say so themselves; the order is theirs, too
// clang-format off
#include <sanlock.h>
#include <sanlock_admin.h>
#include <sanlock_resource.h>
// clang-format on
}

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

constexpr Duration look_every = 250ms;
constexpr Duration search_every = 1s;

struct Free {
  void operator()(void* memory) const noexcept { std::free(memory); }
};

std::string name_in(const char (&field)[SANLK_NAME_LEN]) {
  return std::string(field, ::strnlen(field, sizeof field));
}

// The lockspace is held only when it is neither being joined nor being left.
void read_lockspace(const std::string& lockspace, SanlockStatus& status) {
  sanlk_lockspace* found = nullptr;
  int count = 0;
  const int outcome = ::sanlock_get_lockspaces(&found, &count, 0);
  const std::unique_ptr<sanlk_lockspace, Free> owner(found);
  status.daemon = outcome >= 0;
  if (!status.daemon) return;
  for (int i = 0; i < count; ++i) {
    if (name_in(found[i].name) != lockspace) continue;
    status.joined = (found[i].flags & (SANLK_LSF_ADD | SANLK_LSF_REM)) == 0;
    sanlk_host* hosts = nullptr;
    int host_count = 0;
    if (::sanlock_get_hosts(lockspace.c_str(), found[i].host_id, &hosts, &host_count, 0) >= 0 &&
        host_count > 0) {
      status.generation = hosts[0].generation;
    }
    std::free(hosts);
  }
}

void read_leases(pid_t pid, SanlockStatus& status) {
  int count = 0;
  char* text = nullptr;
  const int outcome = ::sanlock_inquire(-1, pid, 0, &count, &text);
  const std::unique_ptr<char, Free> owner(text);
  if (outcome == -EBUSY) status.undecided.insert(pid);
  if (outcome < 0 || text == nullptr || *text == '\0') return;
  sanlk_resource** resources = nullptr;
  int parsed = 0;
  if (::sanlock_state_to_args(text, &parsed, &resources) < 0) return;
  for (int i = 0; i < parsed; ++i) {
    status.leases.push_back(HeldLease{name_in(resources[i]->name), pid, resources[i]->lver});
    std::free(resources[i]);
  }
  std::free(resources);
}

bool is_called(pid_t pid, const std::string& command) {
  std::string name;
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::getline(file, name);
  return name == command;
}

pid_t find_process(const std::string& command) {
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry("/proc", ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    pid_t pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    if (pid > 0 && is_called(pid, command)) return pid;
  }
  return 0;
}

// The one other process that takes leases, found again when it was restarted.
class Holder {
 public:
  explicit Holder(std::string command) : command_(command.substr(0, 15)) {}  // as the kernel cuts

  pid_t pid() {
    if (pid_ != 0 && is_called(pid_, command_)) return pid_;
    pid_ = 0;
    const Instant now = steady_clock().now();
    if (searched_ && now - *searched_ < search_every) return 0;
    searched_ = now;
    pid_ = find_process(command_);
    return pid_;
  }

 private:
  std::string command_;
  pid_t pid_ = 0;
  std::optional<Instant> searched_;
};

}  // namespace

SanlockWatch::SanlockWatch(EventLoop& loop, std::string lockspace, std::string holder,
                           OnStatus on_status)
    : loop_(loop),
      lockspace_(std::move(lockspace)),
      holder_(std::move(holder)),
      on_status_(std::move(on_status)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void SanlockWatch::follow(std::set<pid_t> pids) {
  {
    const std::lock_guard lock(mutex_);
    pids_ = std::move(pids);
    look_now_ = true;
  }
  changed_.notify_one();
}

std::set<pid_t> SanlockWatch::next_pids(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, look_every, [this] { return look_now_; });
  look_now_ = false;
  return pids_;
}

void SanlockWatch::run(const std::stop_token& stop) {
  Holder holder(holder_);
  std::optional<NodeTime> before;
  while (true) {
    std::set<pid_t> pids = next_pids(stop);
    if (stop.stop_requested()) return;
    SanlockStatus status;
    const NodeTime begun = node_now();
    read_lockspace(lockspace_, status);
    if (status.daemon) {
      if (const pid_t other = holder.pid(); other != 0) pids.insert(other);
      for (const pid_t pid : pids) read_leases(pid, status);
    }
    loop_.post([this, status, before] { on_status_(status, before); });
    // What is found next may have begun to be true right after this look began.
    before = begun;
  }
}

}  // namespace splitsite::agent
