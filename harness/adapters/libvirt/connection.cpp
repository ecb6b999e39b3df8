#include "harness/adapters/libvirt/connection.hpp"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <mutex>

#include "harness/adapters/libvirt/event_loop.hpp"
#include "harness/adapters/libvirt/failure.hpp"

namespace splitsite::libvirt {
namespace {

struct DomainPolicy {
  using Type = virDomainPtr;
  static Type empty() { return nullptr; }
  static void close(Type domain) noexcept { virDomainFree(domain); }
};
using Domain = UniqueHandle<DomainPolicy>;

// A lab's libvirtd is on this machine: silence for this long means it hangs.
constexpr int kKeepaliveSeconds = 5;
constexpr unsigned kKeepaliveMisses = 3;

Result<Domain> find(virConnectPtr connection, const NodeId& node) {
  Domain domain(virDomainLookupByName(connection, node.str().c_str()));
  if (!domain) return last_failure("find the node", node.str());
  return domain;
}

Result<int> raw_state(virDomainPtr domain, const NodeId& node) {
  int state = VIR_DOMAIN_NOSTATE;
  if (virDomainGetState(domain, &state, nullptr, 0) < 0) {
    return last_failure("read the state of the node", node.str());
  }
  return state;
}

LifecycleEvent::Kind kind_of(int event) {
  switch (event) {
    case VIR_DOMAIN_EVENT_STARTED:
      return LifecycleEvent::Kind::Started;
    case VIR_DOMAIN_EVENT_SUSPENDED:
      return LifecycleEvent::Kind::Suspended;
    case VIR_DOMAIN_EVENT_RESUMED:
      return LifecycleEvent::Kind::Resumed;
    case VIR_DOMAIN_EVENT_STOPPED:
      return LifecycleEvent::Kind::Stopped;
    default:
      return LifecycleEvent::Kind::Other;
  }
}

std::string reason_of(int event, int detail) {
  if (event == VIR_DOMAIN_EVENT_STARTED) {
    return detail == VIR_DOMAIN_EVENT_STARTED_RESTORED ? "restored" : "booted";
  }
  if (event != VIR_DOMAIN_EVENT_STOPPED) return {};
  switch (detail) {
    case VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN:
      return "shutdown";
    case VIR_DOMAIN_EVENT_STOPPED_DESTROYED:
      return "destroyed";
    case VIR_DOMAIN_EVENT_STOPPED_CRASHED:
      return "crashed";
    case VIR_DOMAIN_EVENT_STOPPED_FAILED:
      return "failed";
    default:
      return "stopped";
  }
}

// QEMU stops a machine whose disk it cannot write (werror=enospc) until somebody resumes it.
bool paused_by_disk(virDomainPtr domain) {
  int state = 0;
  int reason = 0;
  if (virDomainGetState(domain, &state, &reason, 0) < 0) return false;
  return state == VIR_DOMAIN_PAUSED && reason == VIR_DOMAIN_PAUSED_IOERROR;
}

}  // namespace

void ConnectPolicy::close(Type connection) noexcept { virConnectClose(connection); }

std::string_view to_string(LifecycleEvent::Kind kind) {
  switch (kind) {
    case LifecycleEvent::Kind::Started:
      return "started";
    case LifecycleEvent::Kind::Suspended:
      return "suspended";
    case LifecycleEvent::Kind::Resumed:
      return "resumed";
    case LifecycleEvent::Kind::Stopped:
      return "stopped";
    case LifecycleEvent::Kind::Other:
      return "other";
  }
  return "other";
}

// Outlives its registration: libvirt may be about to call it while it is being deregistered, so the
// callback is taken away under the mutex, and libvirt owns a share until its last use.
struct Connection::Subscription {
  std::mutex mutex;
  LifecycleCallback callback;
  int id = -1;

  static int on_event(virConnectPtr, virDomainPtr domain, int event, int detail, void* opaque) {
    Subscription* self = static_cast<std::shared_ptr<Subscription>*>(opaque)->get();
    const LifecycleEvent seen{.node = NodeId(virDomainGetName(domain)),
                              .kind = kind_of(event),
                              .reason = reason_of(event, detail),
                              .seen = steady_clock().now()};
    const std::lock_guard lock(self->mutex);
    if (self->callback) self->callback(seen);
    return 0;
  }
  static void release(void* opaque) { delete static_cast<std::shared_ptr<Subscription>*>(opaque); }
};

Result<std::unique_ptr<Connection>> Connection::open(const std::string& uri) {
  ensure_event_loop();
  UniqueHandle<ConnectPolicy> handle(virConnectOpen(uri.c_str()));
  if (!handle) return last_failure("connect to the lab's libvirtd at", uri);
  // A driver inside this process (libvirt's test driver) has no connection that could go silent.
  if (virConnectSetKeepAlive(handle.get(), kKeepaliveSeconds, kKeepaliveMisses) < 0 &&
      virGetLastErrorCode() != VIR_ERR_NO_SUPPORT) {
    return last_failure("watch the connection to", uri);
  }
  std::unique_ptr<Connection> connection(new Connection(std::move(handle)));
  return connection;
}

Connection::Connection(UniqueHandle<ConnectPolicy> connection)
    : connection_(std::move(connection)), subscription_(std::make_shared<Subscription>()) {}

Connection::~Connection() { (void)subscribe({}); }

Result<void> Connection::define(const std::string& xml) {
  const Domain domain(
      virDomainDefineXMLFlags(connection_.get(), xml.c_str(), VIR_DOMAIN_DEFINE_VALIDATE));
  if (!domain) return last_failure("define a node from its domain XML");
  return success();
}

Result<std::vector<NodeId>> Connection::nodes() {
  virDomainPtr* list = nullptr;
  const int count = virConnectListAllDomains(connection_.get(), &list, 0);
  if (count < 0) return last_failure("list the nodes");
  std::vector<NodeId> names;
  for (int i = 0; i < count; ++i) {
    const Domain domain(list[i]);
    names.emplace_back(virDomainGetName(domain.get()));
  }
  ::free(list);
  return names;
}

Result<void> Connection::off(const NodeId& node) {
  SPLITSITE_TRY(const Domain domain, find(connection_.get(), node));
  if (virDomainDestroy(domain.get()) == 0) return success();
  const Error failure = last_failure("cut the power of", node.str());
  // It may have gone down by itself meanwhile, which is what was asked for.
  SPLITSITE_TRY(const int now, raw_state(domain.get(), node));
  if (now == VIR_DOMAIN_SHUTOFF || now == VIR_DOMAIN_CRASHED) return success();
  return failure;
}

Result<void> Connection::on(const NodeId& node) {
  SPLITSITE_TRY(const Domain domain, find(connection_.get(), node));
  if (virDomainCreate(domain.get()) == 0) return success();
  const Error failure = last_failure("power on", node.str());
  SPLITSITE_TRY(const int now, raw_state(domain.get(), node));
  if (now == VIR_DOMAIN_RUNNING || now == VIR_DOMAIN_BLOCKED) return success();
  return failure;
}

Result<PowerState> Connection::state(const NodeId& node) {
  SPLITSITE_TRY(const Domain domain, find(connection_.get(), node));
  SPLITSITE_TRY(const int now, raw_state(domain.get(), node));
  switch (now) {
    case VIR_DOMAIN_RUNNING:
    case VIR_DOMAIN_BLOCKED:
    case VIR_DOMAIN_SHUTDOWN:
      return PowerState::On;
    case VIR_DOMAIN_PAUSED:
    case VIR_DOMAIN_PMSUSPENDED:
      return paused_by_disk(domain.get()) ? PowerState::Starved : PowerState::Paused;
    default:
      return PowerState::Off;
  }
}

Result<void> Connection::reset(const NodeId& node) {
  SPLITSITE_TRY(const Domain domain, find(connection_.get(), node));
  if (virDomainReset(domain.get(), 0) < 0) return last_failure("reset", node.str());
  return success();
}

Result<void> Connection::suspend(const NodeId& node) {
  SPLITSITE_TRY(const Domain domain, find(connection_.get(), node));
  if (virDomainSuspend(domain.get()) < 0) return last_failure("suspend", node.str());
  return success();
}

Result<void> Connection::resume(const NodeId& node) {
  SPLITSITE_TRY(const PowerState now, state(node));
  if (now != PowerState::Paused) return success();
  SPLITSITE_TRY(const Domain domain, find(connection_.get(), node));
  if (virDomainResume(domain.get()) < 0) return last_failure("resume", node.str());
  return success();
}

Result<void> Connection::subscribe(LifecycleCallback callback) {
  const bool wanted = static_cast<bool>(callback);
  {
    const std::lock_guard lock(subscription_->mutex);
    subscription_->callback = std::move(callback);
  }
  if (wanted && subscription_->id < 0) {
    auto* share = new std::shared_ptr<Subscription>(subscription_);
    subscription_->id = virConnectDomainEventRegisterAny(
        connection_.get(), nullptr, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
        VIR_DOMAIN_EVENT_CALLBACK(&Subscription::on_event), share, &Subscription::release);
    if (subscription_->id < 0) {
      delete share;
      return last_failure("subscribe to the nodes' lifecycle");
    }
  }
  if (!wanted && subscription_->id >= 0) {
    virConnectDomainEventDeregisterAny(connection_.get(), std::exchange(subscription_->id, -1));
  }
  return success();
}

}  // namespace splitsite::libvirt
