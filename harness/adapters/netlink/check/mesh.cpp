#include "harness/adapters/netlink/check/mesh.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>
#include <fstream>

#include "harness/adapters/netlink/bridge.hpp"
#include "harness/adapters/netlink/request.hpp"

namespace splitsite::netlink {
namespace {

Error failed(const char* what, const std::string& why) {
  return Error{.kind = ErrorKind::Unavailable, .attempted = what, .subject = {}, .why = why};
}

Result<UniqueFd> new_namespace() {
  if (::unshare(CLONE_NEWNET) != 0) return failed("make a network namespace", errno_text(errno));
  UniqueFd own(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!own) return failed("open the new network namespace", errno_text(errno));
  // Announcements of IPv6 would be counted as traffic; without IPv6 there are none to stop.
  for (const char* whose : {"all", "default"}) {
    std::ofstream(fmt::format("/proc/sys/net/ipv6/conf/{}/disable_ipv6", whose)) << 1;
  }
  return own;
}

Result<void> enter(const UniqueFd& name_space) {
  if (::setns(name_space.get(), CLONE_NEWNET) == 0) return success();
  return failed("enter a network namespace", errno_text(errno));
}

Result<void> said(const char* what, int code) {
  if (code >= 0) return success();
  return failed(what, std::string(nl_geterror(code)));
}

// In the namespace the caller is in; the far end goes to `far` if there is one.
Result<void> add_veth(const std::string& near_name, const std::string& far_name, int far) {
  SPLITSITE_TRY(const auto socket, open_socket(NETLINK_ROUTE));
  rtnl_link* link = rtnl_link_veth_alloc();
  if (link == nullptr) return failed("lay a veth pair", "out of memory");
  rtnl_link_set_name(link, near_name.c_str());
  rtnl_link* peer = rtnl_link_veth_get_peer(link);
  rtnl_link_set_name(peer, far_name.c_str());
  if (far >= 0) rtnl_link_set_ns_fd(peer, far);
  const int code = rtnl_link_add(socket.get(), link, NLM_F_CREATE | NLM_F_EXCL);
  rtnl_link_put(peer);
  rtnl_link_put(link);
  return said("lay a veth pair", code);
}

Result<void> enslave(const std::string& bridge, const std::string& port) {
  SPLITSITE_TRY(const auto socket, open_socket(NETLINK_ROUTE));
  const auto index = [](const std::string& name) {
    return static_cast<int>(::if_nametoindex(name.c_str()));
  };
  return said("add a port to a bridge",
              rtnl_link_enslave_ifindex(socket.get(), index(bridge), index(port)));
}

// What keeps a mesh of links free of loops; libnl has no word for it.
Result<void> isolate(const std::string& port) {
  SPLITSITE_TRY(const auto socket, open_socket(NETLINK_ROUTE));
  Message message(nlmsg_alloc_simple(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK));
  ifinfomsg header{};
  header.ifi_family = AF_BRIDGE;
  header.ifi_index = static_cast<int>(::if_nametoindex(port.c_str()));
  nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO);
  nlattr* nest = nla_nest_start(message.get(), IFLA_PROTINFO);
  nla_put_u8(message.get(), IFLA_BRPORT_ISOLATED, 1);
  nla_nest_end(message.get(), nest);
  const auto answer = exchange(socket.get(), message.get());
  if (answer.error == 0) return success();
  return failed("isolate a bridge's port", errno_text(answer.error));
}

std::string letter(Site site) {
  return std::string(1, static_cast<char>('a' + static_cast<int>(site)));
}

}  // namespace

std::string Mesh::device(Site from, Site to) {
  return fmt::format("s.{}.{}", letter(from), letter(to));
}

std::string Mesh::address(Site site) {
  return fmt::format("10.99.0.{}", static_cast<int>(site) + 1);
}

Result<Mesh> Mesh::lay() {
  Mesh mesh;
  for (UniqueFd& node : mesh.nodes_) {
    SPLITSITE_TRY(node, new_namespace());
  }
  SPLITSITE_TRY(mesh.wan_, new_namespace());
  SPLITSITE_TRY_VOID(mesh.build_wan());
  for (const Site site : all_sites) {
    SPLITSITE_TRY_VOID(mesh.set_up_node(site));
  }
  SPLITSITE_TRY_VOID(enter(mesh.wan_));
  return mesh;
}

Result<void> Mesh::build_wan() {
  SPLITSITE_TRY(auto route, Route::open());
  for (const Site site : all_sites) {
    const std::string bridge = "br-" + letter(site);
    const std::string port = "n-" + letter(site);
    SPLITSITE_TRY_VOID(route.add_bridge(bridge));
    SPLITSITE_TRY_VOID(add_veth(port, "eth0", of(site).get()));
    SPLITSITE_TRY_VOID(enslave(bridge, port));
    SPLITSITE_TRY_VOID(route.set_up(port));
  }
  SPLITSITE_TRY_VOID(join(Site::A, Site::B));
  SPLITSITE_TRY_VOID(join(Site::A, Site::C));
  return join(Site::B, Site::C);
}

Result<void> Mesh::join(Site first, Site second) {
  SPLITSITE_TRY(auto route, Route::open());
  SPLITSITE_TRY_VOID(add_veth(device(first, second), device(second, first), -1));
  for (const auto& [from, to] : {std::pair(first, second), std::pair(second, first)}) {
    const std::string port = device(from, to);
    SPLITSITE_TRY_VOID(enslave("br-" + letter(from), port));
    SPLITSITE_TRY_VOID(isolate(port));
    SPLITSITE_TRY_VOID(route.set_up(port));
  }
  return success();
}

Result<void> Mesh::set_up_node(Site site) {
  SPLITSITE_TRY_VOID(enter(of(site)));
  SPLITSITE_TRY(auto route, Route::open());
  SPLITSITE_TRY_VOID(route.add_address("eth0", address(site) + "/24"));
  SPLITSITE_TRY_VOID(route.set_up("lo"));
  return route.set_up("eth0");
}

Result<void> Mesh::enter_node(Site site) const { return enter(of(site)); }

Result<void> Mesh::enter_wan() const { return enter(wan_); }

Result<UniqueFd> Mesh::socket(Site site, int type) const {
  return inside(site, [&]() -> Result<UniqueFd> {
    UniqueFd made(::socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!made) return failed("make a socket", errno_text(errno));
    return made;
  });
}

}  // namespace splitsite::netlink
