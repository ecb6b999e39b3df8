#include "harness/adapters/netlink/bridge.hpp"

#include <linux/if.h>
#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <netlink/socket.h>

namespace splitsite::netlink {
namespace {

struct LinkPolicy {
  using Type = rtnl_link*;
  static Type empty() { return nullptr; }
  static void close(Type link) noexcept { rtnl_link_put(link); }
};
struct RouteAddressPolicy {
  using Type = rtnl_addr*;
  static Type empty() { return nullptr; }
  static void close(Type address) noexcept { rtnl_addr_put(address); }
};
struct AddressPolicy {
  using Type = nl_addr*;
  static Type empty() { return nullptr; }
  static void close(Type address) noexcept { nl_addr_put(address); }
};
using Link = UniqueHandle<LinkPolicy>;

// `code` is libnl's negative NLE_ value.
Error failure(std::string attempted, const std::string& device, int code) {
  ErrorKind kind = ErrorKind::Internal;
  if (code == -NLE_PERM || code == -NLE_NOACCESS) kind = ErrorKind::Refused;
  if (code == -NLE_EXIST) kind = ErrorKind::Conflict;
  if (code == -NLE_OBJ_NOTFOUND || code == -NLE_NODEV) kind = ErrorKind::Unavailable;
  if (code == -NLE_OPNOTSUPP) kind = ErrorKind::Unavailable;
  return Error{.kind = kind,
               .attempted = std::move(attempted),
               .subject = device,
               .why = std::string(nl_geterror(code)),
               .hint = kind == ErrorKind::Refused ? "run as root" : ""};
}

Result<Link> find_link(nl_sock* socket, const std::string& device) {
  rtnl_link* found = nullptr;
  const int code = rtnl_link_get_kernel(socket, 0, device.c_str(), &found);
  if (code < 0) return failure("find the network device", device, code);
  return Link(found);
}

}  // namespace

Result<Route> Route::open() {
  SPLITSITE_TRY(Socket socket, open_socket(NETLINK_ROUTE));
  return Route(std::move(socket));
}

Result<void> Route::add_bridge(const std::string& name) {
  Link link(rtnl_link_bridge_alloc());
  if (!link) return failure("make the bridge", name, -NLE_NOMEM);
  rtnl_link_set_name(link.get(), name.c_str());
  rtnl_link_set_flags(link.get(), IFF_UP);
  const int code = rtnl_link_add(socket_.get(), link.get(), NLM_F_CREATE | NLM_F_EXCL);
  if (code < 0) return failure("make the bridge", name, code);
  return success();
}

Result<void> Route::set_up(const std::string& device) {
  SPLITSITE_TRY(Link link, find_link(socket_.get(), device));
  Link change(rtnl_link_alloc());
  if (!change) return failure("bring up", device, -NLE_NOMEM);
  rtnl_link_set_flags(change.get(), IFF_UP);
  const int code = rtnl_link_change(socket_.get(), link.get(), change.get(), 0);
  if (code < 0) return failure("bring up", device, code);
  return success();
}

Result<void> Route::set_down(const std::string& device) {
  SPLITSITE_TRY(Link link, find_link(socket_.get(), device));
  Link change(rtnl_link_alloc());
  if (!change) return failure("take down", device, -NLE_NOMEM);
  rtnl_link_unset_flags(change.get(), IFF_UP);
  const int code = rtnl_link_change(socket_.get(), link.get(), change.get(), 0);
  if (code < 0) return failure("take down", device, code);
  return success();
}

Result<DeviceState> Route::state(const std::string& device) {
  SPLITSITE_TRY(const Link link, find_link(socket_.get(), device));
  const unsigned flags = rtnl_link_get_flags(link.get());
  return DeviceState{.up = (flags & IFF_UP) != 0, .carrier = (flags & IFF_RUNNING) != 0};
}

Result<void> Route::add_address(const std::string& device, const std::string& address) {
  nl_addr* parsed = nullptr;
  int code = nl_addr_parse(address.c_str(), AF_UNSPEC, &parsed);
  if (code < 0) return failure("read the address " + address + " for", device, code);
  UniqueHandle<AddressPolicy> local(parsed);
  SPLITSITE_TRY(Link link, find_link(socket_.get(), device));
  UniqueHandle<RouteAddressPolicy> entry(rtnl_addr_alloc());
  if (!entry) return failure("add " + address + " to", device, -NLE_NOMEM);
  rtnl_addr_set_ifindex(entry.get(), rtnl_link_get_ifindex(link.get()));
  rtnl_addr_set_local(entry.get(), local.get());
  code = rtnl_addr_add(socket_.get(), entry.get(), NLM_F_EXCL);
  if (code < 0) return failure("add " + address + " to", device, code);
  return success();
}

}  // namespace splitsite::netlink
