#include "harness/agent/host/vm_processes.hpp"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string_view>

namespace splitsite::agent {
namespace {

constexpr std::string_view suffix = ".pid";

}  // namespace

VmProcesses::VmProcesses(EventLoop& loop, const std::string& folder, Handlers handlers)
    : loop_(loop),
      folder_(folder),
      handlers_(std::move(handlers)),
      watch_(loop, folder,
             {.look = [this] { look(); },
              .changed = [this](const std::string& file) { changed(file); }}) {}

VmProcesses::~VmProcesses() {
  for (const auto& [vm, process] : processes_) loop_.forget(process.fd.get());
}

void VmProcesses::look() {
  std::error_code ignored;
  for (std::filesystem::directory_iterator file(folder_, ignored), end; !ignored && file != end;
       file.increment(ignored)) {
    changed(file->path().filename().string());
  }
}

// Called while the file is written, too: it may be empty at first, and comes again when it is not.
void VmProcesses::changed(const std::string& file) {
  if (!file.ends_with(suffix)) return;
  const std::string vm = file.substr(0, file.size() - suffix.size());
  if (file == "driver.pid") return;  // libvirt's own
  pid_t pid = 0;
  std::ifstream(folder_ + "/" + file) >> pid;
  if (pid <= 0) return;
  const auto known = processes_.find(vm);
  if (known != processes_.end()) {
    if (known->second.pid == pid) return;
    ended(vm);
  }
  // A file that outlived its process names a pid that is gone: no pidfd, no event.
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!fd) return;
  const int watched = fd.get();
  if (!loop_.watch(watched, EPOLLIN, [this, vm](std::uint32_t) { ended(vm); })) return;
  processes_[vm] = Process{pid, std::move(fd)};
  handlers_.up(vm, pid);
}

void VmProcesses::ended(const std::string& vm) {
  auto process = processes_.extract(vm);
  if (process.empty()) return;
  loop_.forget(process.mapped().fd.get());
  handlers_.gone(vm, process.mapped().pid);
}

}  // namespace splitsite::agent
