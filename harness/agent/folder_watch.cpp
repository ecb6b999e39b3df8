#include "harness/agent/folder_watch.hpp"

#include <sys/epoll.h>
#include <sys/inotify.h>

#include <array>
#include <cstring>

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t changes = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO |
                                  IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF |
                                  IN_ONLYDIR;
constexpr std::uint32_t folder_gone = IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED;

}  // namespace

FolderWatch::FolderWatch(EventLoop& loop, std::string folder, Handlers handlers)
    : loop_(loop), folder_(std::move(folder)), handlers_(std::move(handlers)) {
  start();
}

FolderWatch::~FolderWatch() {
  loop_.cancel(retry_);
  if (inotify_) loop_.forget(inotify_.get());
}

void FolderWatch::start() {
  inotify_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  const bool watching = inotify_ &&
                        ::inotify_add_watch(inotify_.get(), folder_.c_str(), changes) >= 0 &&
                        loop_.watch(inotify_.get(), EPOLLIN, [this](std::uint32_t) { on_ready(); });
  if (!watching) {
    // Made at boot by a daemon that is slower than we are.
    inotify_.reset();
    retry_ = loop_.after(250ms, [this] { start(); });
    return;
  }
  handlers_.look();
}

void FolderWatch::on_ready() {
  alignas(inotify_event) std::array<char, 4096> bytes{};
  const ssize_t got = ::read(inotify_.get(), bytes.data(), bytes.size());
  std::size_t at = 0;
  while (got > 0 && at < static_cast<std::size_t>(got)) {
    inotify_event event{};
    std::memcpy(&event, bytes.data() + at, sizeof event);
    const char* name = bytes.data() + at + sizeof event;
    if ((event.mask & folder_gone) != 0) {
      loop_.forget(inotify_.get());
      return start();
    }
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      handlers_.look();
    } else if (event.len > 0) {
      handlers_.changed(name);
    }
    at += sizeof event + event.len;
  }
}

}  // namespace splitsite::agent
