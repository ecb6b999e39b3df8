#include "topologies/reference/hostd/libvirt_watch.hpp"

#include <cstdlib>
#include <optional>
#include <utility>

namespace splitsite::reference::hostd {
namespace {

constexpr std::chrono::milliseconds kReconnectPause{500};
// libvirtd answers these pings from its main loop, whatever its workers do.
constexpr int kKeepaliveSeconds = 5;
constexpr unsigned kKeepaliveMisses = 6;
constexpr int kTickMilliseconds = 500;

std::optional<DomainEventKind> suspended(int detail) {
  if (detail == VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED) return DomainEventKind::PausedByMigration;
  if (detail == VIR_DOMAIN_EVENT_SUSPENDED_IOERROR) return DomainEventKind::PausedByIoError;
  return DomainEventKind::Paused;
}

std::optional<DomainEventKind> kind_of(int event, int detail) {
  using enum DomainEventKind;
  switch (event) {
    case VIR_DOMAIN_EVENT_STARTED:
      return detail == VIR_DOMAIN_EVENT_STARTED_MIGRATED ? StartedByMigration : Started;
    case VIR_DOMAIN_EVENT_SUSPENDED:
      return suspended(detail);
    case VIR_DOMAIN_EVENT_RESUMED:
      return detail == VIR_DOMAIN_EVENT_RESUMED_MIGRATED ? ResumedByMigration : Resumed;
    case VIR_DOMAIN_EVENT_SHUTDOWN:
      return detail == VIR_DOMAIN_EVENT_SHUTDOWN_HOST ? ShutdownByHost : ShutdownByGuest;
    case VIR_DOMAIN_EVENT_STOPPED:
      return detail == VIR_DOMAIN_EVENT_STOPPED_MIGRATED ? StoppedByMigration : Stopped;
    default:
      return std::nullopt;  // defined, undefined, crashed: a stop follows if it ends
  }
}

int on_lifecycle(virConnectPtr, virDomainPtr domain, int event, int detail, void* opaque) {
  if (const auto kind = kind_of(event, detail))
    static_cast<LibvirtHypervisor::Watch*>(opaque)->take(
        {.vm = VmId(virDomainGetName(domain)), .kind = *kind});
  return 0;
}

void on_io_error(virConnectPtr, virDomainPtr domain, const char*, const char*, int action,
                 const char* reason, void* opaque) {
  if (action != VIR_DOMAIN_EVENT_IO_ERROR_PAUSE) return;
  static_cast<LibvirtHypervisor::Watch*>(opaque)->take({.vm = VmId(virDomainGetName(domain)),
                                                        .kind = DomainEventKind::IoError,
                                                        .reason = reason ? reason : ""});
}

void on_close(virConnectPtr, int reason, void* opaque) {
  const char* why = reason == VIR_CONNECT_CLOSE_REASON_KEEPALIVE ? "it does not answer any more"
                                                                 : "the connection was closed";
  static_cast<LibvirtHypervisor::Watch*>(opaque)->closed(why);
}

std::optional<DomainState> state_of(virDomainPtr domain) {
  int state = 0;
  int reason = 0;
  if (virDomainGetState(domain, &state, &reason, 0) < 0) return std::nullopt;
  if (state == VIR_DOMAIN_SHUTOFF || state == VIR_DOMAIN_CRASHED) return std::nullopt;
  DomainState out{.vm = VmId(virDomainGetName(domain))};
  out.cpus_run = state == VIR_DOMAIN_RUNNING || state == VIR_DOMAIN_BLOCKED;
  out.incoming = state == VIR_DOMAIN_PAUSED && reason == VIR_DOMAIN_PAUSED_MIGRATION;
  out.paused_by_error = state == VIR_DOMAIN_PAUSED && reason == VIR_DOMAIN_PAUSED_IOERROR;
  if (char* xml = virDomainGetXMLDesc(domain, 0)) {
    out.with_lease = std::string(xml).find("<lease>") != std::string::npos;
    out.resume_behaviour = resume_behaviour_in(xml);
    std::free(xml);
  }
  return out;
}

void register_event_loop() {
  static std::once_flag once;
  std::call_once(once, [] {
    virEventRegisterDefaultImpl();
    virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});  // errors are returned, not printed
  });
}

}  // namespace

LibvirtHypervisor::Watch::Watch(std::string uri, HypervisorListener& listener)
    : uri_(std::move(uri)), listener_(listener) {
  register_event_loop();
  ticker_ = virEventAddTimeout(
      kTickMilliseconds, [](int, void*) {}, nullptr, nullptr);
  loop_ = std::jthread([](const std::stop_token& stop) {
    while (!stop.stop_requested()) virEventRunDefaultImpl();
  });
  thread_ = std::jthread([this](const std::stop_token& stop) { keep_connected(stop); });
}

LibvirtHypervisor::Watch::~Watch() {
  thread_.request_stop();
  thread_.join();  // while the loop still runs: closing a connection needs it
  loop_.request_stop();
  loop_.join();
  virEventRemoveTimeout(ticker_);
}

void LibvirtHypervisor::Watch::relist() {
  const std::lock_guard lock(mutex_);
  relist_ = true;
  wake_.notify_all();
}

void LibvirtHypervisor::Watch::take(DomainEvent event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  wake_.notify_all();
}

void LibvirtHypervisor::Watch::closed(std::string why) {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  closed_why_ = std::move(why);
  wake_.notify_all();
}

void LibvirtHypervisor::Watch::keep_connected(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      const std::lock_guard lock(mutex_);
      events_.clear();
      closed_ = false;
    }
    UniqueConnect connection(virConnectOpen(uri_.c_str()));
    if (connection && subscribe(connection.get())) {
      serve(connection.get(), stop);
      virConnectUnregisterCloseCallback(connection.get(), on_close);
    } else {
      const Error error = libvirt_error(ErrorKind::Unavailable, "connect to libvirt", uri_);
      if (error.why != last_failure_) listener_.on_disconnected(error.message());
      last_failure_ = error.why;
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, kReconnectPause, [] { return false; });
  }
}

bool LibvirtHypervisor::Watch::subscribe(virConnectPtr connection) {
  virConnectSetKeepAlive(connection, kKeepaliveSeconds, kKeepaliveMisses);
  return virConnectRegisterCloseCallback(connection, on_close, this, nullptr) == 0 &&
         virConnectDomainEventRegisterAny(connection, nullptr, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                          VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), this,
                                          nullptr) >= 0 &&
         virConnectDomainEventRegisterAny(connection, nullptr, VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON,
                                          VIR_DOMAIN_EVENT_CALLBACK(on_io_error), this,
                                          nullptr) >= 0;
}

void LibvirtHypervisor::Watch::serve(virConnectPtr connection, const std::stop_token& stop) {
  last_failure_.clear();
  list(connection);
  while (!stop.stop_requested()) {
    std::deque<DomainEvent> events;
    bool list_again = false;
    bool ended = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, stop, [this] { return closed_ || relist_ || !events_.empty(); });
      events.swap(events_);
      list_again = std::exchange(relist_, false);
      ended = closed_;
    }
    for (const DomainEvent& event : events) listener_.on_event(event);
    if (ended) {
      listener_.on_disconnected(closed_why_);
      return;
    }
    if (list_again) list(connection);
  }
}

// Events that arrive meanwhile wait in the queue, and so are heard after the list they may change.
void LibvirtHypervisor::Watch::list(virConnectPtr connection) {
  virDomainPtr* found = nullptr;
  const int count = virConnectListAllDomains(connection, &found, VIR_CONNECT_LIST_DOMAINS_ACTIVE);
  if (count < 0) {
    if (virConnectIsAlive(connection) == 1) relist();
    return;
  }
  std::vector<DomainState> domains;
  for (int i = 0; i < count; ++i) {
    const UniqueDomain domain(found[i]);
    if (auto state = state_of(domain.get())) domains.push_back(*state);
  }
  std::free(found);
  listener_.on_connected(domains);
}

}  // namespace splitsite::reference::hostd
