#include "harness/adapters/netlink/check/wire.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netlink/errno.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/socket.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "harness/adapters/netlink/bridge.hpp"

namespace splitsite::netlink {
namespace {

constexpr std::uint16_t port = 7;

Error failed(const char* what, const std::string& why) {
  return Error{.kind = ErrorKind::Unavailable, .attempted = what, .subject = {}, .why = why};
}

Result<UniqueFd> new_namespace() {
  if (::unshare(CLONE_NEWNET) != 0) return failed("make a network namespace", errno_text(errno));
  UniqueFd own(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!own) return failed("open the new network namespace", errno_text(errno));
  return own;
}

Result<void> enter(const UniqueFd& name_space) {
  if (::setns(name_space.get(), CLONE_NEWNET) == 0) return success();
  return failed("enter a network namespace", errno_text(errno));
}

// In the namespace the caller is in; the far end goes to `far`.
Result<void> add_veth(const char* near_name, const char* far_name, int far) {
  UniqueHandle<SocketPolicy> socket(nl_socket_alloc());
  int code = nl_connect(socket.get(), NETLINK_ROUTE);
  rtnl_link* link = rtnl_link_veth_alloc();
  if (code == 0 && link != nullptr) {
    rtnl_link_set_name(link, near_name);
    rtnl_link* peer = rtnl_link_veth_get_peer(link);
    rtnl_link_set_name(peer, far_name);
    rtnl_link_set_ns_fd(peer, far);
    code = rtnl_link_add(socket.get(), link, NLM_F_CREATE | NLM_F_EXCL);
    rtnl_link_put(peer);
  }
  if (link != nullptr) rtnl_link_put(link);
  if (code < 0) return failed("lay the veth pair", std::string(nl_geterror(code)));
  return success();
}

sockaddr_in socket_address(const char* ip) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, ip, &address.sin_addr);
  return address;
}

Result<void> set_up(WireEnd& end) {
  SPLITSITE_TRY_VOID(enter(end.name_space));
  SPLITSITE_TRY(auto route, Route::open());
  SPLITSITE_TRY_VOID(route.add_address(end.device, std::string(end.address) + "/24"));
  SPLITSITE_TRY_VOID(route.set_up(end.device));
  SPLITSITE_TRY(auto netem, Netem::open());
  end.netem = std::make_unique<Netem>(std::move(netem));
  end.socket.reset(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const sockaddr_in own = socket_address(end.address);
  if (!end.socket ||
      ::bind(end.socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
    return failed("open a datagram socket", errno_text(errno));
  }
  return success();
}

}  // namespace

Duration Sample::median() const {
  return one_way.empty() ? Duration::zero() : one_way[one_way.size() / 2];
}

Result<Wire> Wire::lay() {
  Wire wire;
  wire.a_.device = "wire-a";
  wire.a_.address = "10.99.0.1";
  wire.b_.device = "wire-b";
  wire.b_.address = "10.99.0.2";
  SPLITSITE_TRY(wire.b_.name_space, new_namespace());
  SPLITSITE_TRY(wire.a_.name_space, new_namespace());
  SPLITSITE_TRY_VOID(add_veth(wire.a_.device, wire.b_.device, wire.b_.name_space.get()));
  SPLITSITE_TRY_VOID(set_up(wire.b_));
  SPLITSITE_TRY_VOID(set_up(wire.a_));
  return wire;
}

Sample Wire::measure(const WireEnd& from, const WireEnd& to, int count, Duration every,
                     Duration patience) const {
  const sockaddr_in target = socket_address(to.address);
  std::vector<Instant> sent(static_cast<std::size_t>(count));
  Sample sample;
  const auto take_until = [&](Instant end) {
    while (true) {
      pollfd ready{.fd = to.socket.get(), .events = POLLIN, .revents = 0};
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock().now()).count();
      if (::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(0, left))) <= 0) return;
      std::uint32_t number = 0;
      const Instant now = steady_clock().now();
      if (::recv(to.socket.get(), &number, sizeof number, 0) != sizeof number) continue;
      if (number < sent.size()) sample.one_way.push_back(now - sent[number]);
    }
  };
  for (std::uint32_t number = 0; number < sent.size(); ++number) {
    sent[number] = steady_clock().now();
    ::sendto(from.socket.get(), &number, sizeof number, 0,
             reinterpret_cast<const sockaddr*>(&target), sizeof target);
    take_until(sent[number] + every);
  }
  take_until(steady_clock().now() + patience);
  sample.lost = count - static_cast<int>(sample.one_way.size());
  std::sort(sample.one_way.begin(), sample.one_way.end());
  return sample;
}

}  // namespace splitsite::netlink
