#include "harness/event_loop/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace splitsite {
namespace {

Error out_of_descriptors(const char* what) {
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "make",
               .subject = what,
               .why = errno_text(errno)};
}

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::create() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return out_of_descriptors("an epoll instance");
  UniqueFd wakeup(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wakeup) return out_of_descriptors("an eventfd");
  std::unique_ptr<EventLoop> loop(new EventLoop(std::move(epoll), std::move(wakeup)));
  EventLoop& self = *loop;
  SPLITSITE_TRY_VOID(
      loop->watch(self.wakeup_.get(), EPOLLIN, [&self](std::uint32_t) { self.run_posted(); }));
  return loop;
}

EventLoop::EventLoop(UniqueFd epoll, UniqueFd wakeup)
    : epoll_(std::move(epoll)), wakeup_(std::move(wakeup)) {}

EventLoop::~EventLoop() = default;

Result<void> EventLoop::watch(int fd, std::uint32_t events, OnReady on_ready) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  const int operation = watched_.contains(fd) ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (::epoll_ctl(epoll_.get(), operation, fd, &event) != 0) {
    return out_of_descriptors("a watch on a descriptor");
  }
  watched_[fd] = std::make_shared<OnReady>(std::move(on_ready));
  return success();
}

void EventLoop::change(int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::forget(int fd) {
  if (watched_.erase(fd) != 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

EventLoop::TimerId EventLoop::after(Duration delay, Action action) {
  timers_[++last_timer_] = Timer{steady_clock().now() + delay, Duration::zero(), std::move(action)};
  return last_timer_;
}

EventLoop::TimerId EventLoop::every(Duration period, Action action) {
  timers_[++last_timer_] = Timer{steady_clock().now() + period, period, std::move(action)};
  return last_timer_;
}

void EventLoop::cancel(TimerId id) { timers_.erase(id); }

void EventLoop::post(Action action) {
  {
    const std::lock_guard lock(posted_mutex_);
    posted_.push_back(std::move(action));
  }
  const std::uint64_t one = 1;
  // A full counter means the loop is about to wake anyway.
  [[maybe_unused]] const auto written = ::write(wakeup_.get(), &one, sizeof one);
}

void EventLoop::run_posted() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(wakeup_.get(), &count, sizeof count);
  std::vector<Action> batch;
  {
    const std::lock_guard lock(posted_mutex_);
    batch.swap(posted_);
  }
  for (const Action& action : batch) action();
}

void EventLoop::run() {
  stopped_ = false;
  while (!stopped_) run_once(std::chrono::hours(1));
}

void EventLoop::stop() { stopped_ = true; }

void EventLoop::run_once(Duration longest) {
  std::array<epoll_event, 16> ready{};
  const int count = ::epoll_wait(epoll_.get(), ready.data(), static_cast<int>(ready.size()),
                                 wait_milliseconds(longest));
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = ready[static_cast<std::size_t>(i)];
    dispatch(event.data.fd, event.events);
  }
  run_due_timers();
}

void EventLoop::dispatch(int fd, std::uint32_t events) {
  const auto found = watched_.find(fd);
  if (found == watched_.end()) return;  // forgotten by an earlier callback of this round
  const std::shared_ptr<OnReady> keep = found->second;
  (*keep)(events);
}

void EventLoop::run_due_timers() {
  const Instant now = steady_clock().now();
  std::vector<TimerId> due;
  for (const auto& [id, timer] : timers_) {
    if (timer.due <= now) due.push_back(id);
  }
  for (const TimerId id : due) {
    const auto found = timers_.find(id);
    if (found == timers_.end()) continue;  // cancelled by an earlier one
    const Action action = found->second.action;
    if (found->second.period > Duration::zero()) {
      found->second.due = now + found->second.period;
    } else {
      timers_.erase(found);
    }
    action();
  }
}

int EventLoop::wait_milliseconds(Duration longest) const {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  Duration left = longest;
  const Instant now = steady_clock().now();
  for (const auto& [id, timer] : timers_) left = std::min(left, timer.due - now);
  if (left <= Duration::zero()) return 0;
  return static_cast<int>(ceil<milliseconds>(left).count());  // up: waking early would spin
}

}  // namespace splitsite
