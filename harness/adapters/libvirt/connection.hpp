// A connection to a lab's own libvirtd, and the power switch of its nodes on top of it. Domains are
// named by node. Every failure comes back as an Error with libvirt's domain, code and text.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/handle.hpp"
#include "harness/ports/power.hpp"
#include "harness/time/clock.hpp"

struct _virConnect;

namespace splitsite::libvirt {

struct ConnectPolicy {
  using Type = _virConnect*;
  static Type empty() { return nullptr; }
  static void close(Type connection) noexcept;
};

// What happened to a node's machine, as libvirtd saw it.
struct LifecycleEvent {
  enum class Kind { Started, Suspended, Resumed, Stopped, Other };
  NodeId node;
  Kind kind = Kind::Other;
  std::string reason;  // libvirt's detail: "destroyed", "shutdown", "crashed", "booted", …
  Instant seen;        // when this process learned of it; it happened shortly before
};

std::string_view to_string(LifecycleEvent::Kind kind);

// Called from the event thread: must not block and must not call back into the Connection.
using LifecycleCallback = std::function<void(const LifecycleEvent&)>;

class Connection final : public Power {
 public:
  // `uri` as in "qemu+unix:///system?socket=/…/libvirt-sock". Unavailable while nobody listens.
  static Result<std::unique_ptr<Connection>> open(const std::string& uri);
  ~Connection() override;

  // Makes the node known to libvirtd from its domain XML, or replaces what is known; starts
  // nothing.
  Result<void> define(const std::string& xml);
  Result<std::vector<NodeId>> nodes();

  // Power. off() is virDomainDestroy: QEMU is gone when it returns.
  Result<void> off(const NodeId& node) override;
  Result<void> on(const NodeId& node) override;
  Result<PowerState> state(const NodeId& node) override;
  Result<void> reset(const NodeId& node) override;
  Result<void> suspend(const NodeId& node) override;
  Result<void> resume(const NodeId& node) override;

  // Replaces the callback; an empty one ends the subscription. After this returns the former
  // callback is not running and never runs again.
  Result<void> subscribe(LifecycleCallback callback);

 private:
  struct Subscription;

  explicit Connection(UniqueHandle<ConnectPolicy> connection);

  UniqueHandle<ConnectPolicy> connection_;
  // Shared with libvirt, which lets go of it when no event can reach it any more.
  std::shared_ptr<Subscription> subscription_;
};

}  // namespace splitsite::libvirt
