#include "harness/agent/host/libvirt_events.hpp"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <stop_token>
#include <thread>

#include "harness/agent/host/lifecycle.hpp"
#include "harness/core/handle.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

struct ConnectPolicy {
  using Type = virConnectPtr;
  static Type empty() { return nullptr; }
  static void close(Type connection) noexcept { virConnectClose(connection); }
};
using Connection = UniqueHandle<ConnectPolicy>;

void say_nothing(void*, virErrorPtr) {}

// The names of all domains whose CPUs run; nothing if the daemon does not tell.
std::optional<std::set<std::string>> running_domains(virConnectPtr connection) {
  virDomainPtr* domains = nullptr;
  const int count =
      virConnectListAllDomains(connection, &domains, VIR_CONNECT_LIST_DOMAINS_RUNNING);
  if (count < 0) return std::nullopt;
  std::set<std::string> names;
  for (int i = 0; i < count; ++i) {
    names.insert(virDomainGetName(domains[i]));
    virDomainFree(domains[i]);
  }
  std::free(domains);
  return names;
}

}  // namespace

class LibvirtEvents::Thread {
 public:
  Thread(EventLoop& loop, std::string uri, std::string socket, Handlers handlers)
      : loop_(loop),
        uri_(std::move(uri)),
        socket_(std::move(socket)),
        handlers_(std::move(handlers)),
        thread_([this](const std::stop_token& stop) { run(stop); }) {}

 private:
  void run(const std::stop_token& stop) {
    virSetErrorFunc(nullptr, say_nothing);
    if (virEventRegisterDefaultImpl() != 0) return;
    // Wakes the event loop often enough to notice that it is to end.
    virEventAddTimeout(
        500, [](int, void*) {}, nullptr, nullptr);
    while (!stop.stop_requested()) {
      if (::access(socket_.c_str(), F_OK) == 0) follow(stop);
      pause(stop);
    }
  }

  void pause(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, stop, 500ms, [] { return false; });
  }

  // One connection, from its opening until it is lost.
  void follow(const std::stop_token& stop) {
    lost_ = false;
    const Connection connection(virConnectOpenReadOnly(uri_.c_str()));
    if (!connection) return;
    virConnectRegisterCloseCallback(connection.get(), on_close, this, nullptr);
    // Registered before the list is read: no change can fall between the two.
    const int id =
        virConnectDomainEventRegisterAny(connection.get(), nullptr, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                         VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), this, nullptr);
    const auto running = id < 0 ? std::nullopt : running_domains(connection.get());
    if (!running) return;
    loop_.post([this, names = *running, since = known_until_] { handlers_.all(names, since); });
    while (!stop.stop_requested() && !lost_ && virEventRunDefaultImpl() == 0) {
      known_until_ = node_now();
    }
    virConnectDomainEventDeregisterAny(connection.get(), id);
    virConnectUnregisterCloseCallback(connection.get(), on_close);
  }

  static void on_close(virConnectPtr, int, void* self) { static_cast<Thread*>(self)->lost_ = true; }

  static int on_lifecycle(virConnectPtr, virDomainPtr domain, int event, int detail, void* self) {
    const auto change = running_change(event, detail);
    if (!change) return 0;
    auto& thread = *static_cast<Thread*>(self);
    thread.loop_.post([&thread, vm = std::string(virDomainGetName(domain)), change = *change] {
      thread.handlers_.running(vm, change.running, change.reason);
    });
    return 0;
  }

  EventLoop& loop_;
  std::string uri_;
  std::string socket_;
  Handlers handlers_;
  bool lost_ = false;
  std::optional<NodeTime> known_until_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  // last: it uses the others
};

LibvirtEvents::LibvirtEvents(EventLoop& loop, std::string uri, std::string socket,
                             Handlers handlers)
    : thread_(
          std::make_unique<Thread>(loop, std::move(uri), std::move(socket), std::move(handlers))) {}

LibvirtEvents::~LibvirtEvents() = default;

}  // namespace splitsite::agent
