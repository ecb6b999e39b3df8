// Against libvirt's own test driver: no daemon, no privileges, the same API and events.
#include "harness/adapters/libvirt/connection.hpp"

#include <algorithm>
#include <mutex>

#include "harness/time/eventually.hpp"
#include "scripts/testing/catch.hpp"

using namespace splitsite;
using namespace std::chrono_literals;

namespace {

const NodeId kNode("host-a1");

std::unique_ptr<libvirt::Connection> with_node() {
  auto connection = std::move(libvirt::Connection::open("test:///default").value());
  REQUIRE(
      connection->define("<domain type='test'><name>host-a1</name><memory>8192</memory>"
                         "<os><type>hvm</type></os></domain>"));
  return connection;
}

struct Seen {
  std::mutex mutex;
  std::vector<libvirt::LifecycleEvent> events;

  bool has(libvirt::LifecycleEvent::Kind kind) {
    const std::lock_guard lock(mutex);
    return std::any_of(events.begin(), events.end(), [&](const libvirt::LifecycleEvent& event) {
      return event.kind == kind && event.node == kNode;
    });
  }
};

}  // namespace

TEST_CASE("A node is powered on and off, and being so already is success") {
  const auto connection = with_node();
  CHECK(connection->state(kNode).value() == PowerState::Off);
  REQUIRE(connection->on(kNode));
  CHECK(connection->state(kNode).value() == PowerState::On);
  CHECK(connection->on(kNode));
  REQUIRE(connection->off(kNode));
  CHECK(connection->state(kNode).value() == PowerState::Off);
  CHECK(connection->off(kNode));
}

TEST_CASE("A suspended node is paused, and resumed it runs on") {
  const auto connection = with_node();
  REQUIRE(connection->on(kNode));
  REQUIRE(connection->suspend(kNode));
  CHECK(connection->state(kNode).value() == PowerState::Paused);
  REQUIRE(connection->resume(kNode));
  CHECK(connection->state(kNode).value() == PowerState::On);
  REQUIRE(connection->off(kNode));
}

TEST_CASE("An error carries libvirt's domain, code and text, and the node it is about") {
  const auto connection = with_node();
  const auto state = connection->state(NodeId("nobody"));
  REQUIRE_FALSE(state);
  CHECK(state.error().kind == ErrorKind::Unavailable);
  CHECK(state.error().subject == "nobody");
  CHECK(state.error().why.find("code 42") != std::string::npos);  // VIR_ERR_NO_DOMAIN

  const auto broken = connection->define("<domain type='test'><name/>");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().kind == ErrorKind::Invalid);

  const auto nobody = libvirt::Connection::open("qemu+unix:///system?socket=/nowhere/libvirt-sock");
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().kind == ErrorKind::Unavailable);
}

TEST_CASE("Lifecycle events reach the subscriber, and none after it has unsubscribed") {
  const auto connection = with_node();
  Seen seen;
  REQUIRE(connection->subscribe([&](const libvirt::LifecycleEvent& event) {
    const std::lock_guard lock(seen.mutex);
    seen.events.push_back(event);
  }));
  REQUIRE(connection->on(kNode));
  REQUIRE(connection->off(kNode));
  const auto both =
      eventually<std::monostate>(steady_clock(), {.what = "both events", .bound = 5s, .every = 5ms},
                                 [&]() -> Probed<std::monostate> {
                                   if (seen.has(libvirt::LifecycleEvent::Kind::Started) &&
                                       seen.has(libvirt::LifecycleEvent::Kind::Stopped)) {
                                     return std::monostate{};
                                   }
                                   return NotYet{"not both"};
                                 });
  CHECK(both.has_value());
  REQUIRE(connection->subscribe({}));
  const std::size_t before = seen.events.size();
  REQUIRE(connection->on(kNode));
  REQUIRE(connection->off(kNode));
  CHECK(seen.events.size() == before);
}
