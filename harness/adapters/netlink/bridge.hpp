// The machine's side of a lab's network: bridges, link state and addresses of the network namespace
// the caller is in, set over rtnetlink. No `ip` process: a lab is up in milliseconds and every
// refusal of the kernel comes back as an Error that names the device.
#pragma once

#include <string>

#include "harness/adapters/netlink/socket.hpp"
#include "harness/core/result.hpp"

namespace splitsite::netlink {

struct DeviceState {
  bool up = false;       // by whoever administers it
  bool carrier = false;  // and there is somebody at the other end
};

// A rtnetlink socket. Belongs to the namespace it was opened in, also after a later setns().
class Route {
 public:
  static Result<Route> open();

  // A bridge that forwards at once (no spanning tree) and is up. Refused if the name is taken.
  Result<void> add_bridge(const std::string& name);
  Result<void> set_up(const std::string& device);
  // Its addresses stay, its static routes go.
  Result<void> set_down(const std::string& device);
  Result<DeviceState> state(const std::string& device);
  // `address` with prefix length: "10.77.0.3/24".
  Result<void> add_address(const std::string& device, const std::string& address);

 private:
  explicit Route(Socket socket) : socket_(std::move(socket)) {}

  Socket socket_;
};

}  // namespace splitsite::netlink
