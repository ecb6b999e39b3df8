#include "harness/adapters/libvirt/event_loop.hpp"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <stop_token>
#include <thread>

namespace splitsite::libvirt {
namespace {

class EventLoop {
 public:
  EventLoop() {
    virInitialize();
    // libvirt prints every error on stderr by default; ours travel as Error.
    virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});
    virEventRegisterDefaultImpl();
    thread_ = std::jthread([](const std::stop_token& stop) {
      while (!stop.stop_requested()) virEventRunDefaultImpl();
    });
  }
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop() {
    thread_.request_stop();
    // A timer that is due at once wakes the loop out of its poll().
    virEventAddTimeout(
        0, [](int timer, void*) { virEventRemoveTimeout(timer); }, nullptr, nullptr);
  }

 private:
  std::jthread thread_;
};

}  // namespace

void ensure_event_loop() { static EventLoop loop; }

}  // namespace splitsite::libvirt
