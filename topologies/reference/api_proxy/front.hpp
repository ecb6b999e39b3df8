// The proxy at work: accepts what comes to the server's address, and treats each connection as the
// fault asks for. It lets go of the address while the server is dead, so that its successor can
// have the port, and stands in front of that one as soon as it listens.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "harness/event_loop/event_loop.hpp"
#include "topologies/reference/api_proxy/error_server.hpp"
#include "topologies/reference/api_proxy/relay.hpp"
#include "topologies/reference/api_proxy/takeover.hpp"
#include "topologies/reference/api_proxy/treatment.hpp"

namespace splitsite::reference {

struct FrontSetting {
  sockaddr_in at{};  // where clients come to
  Treatment treatment;
  std::string certificates =
      "/var/lib/splitsite-manager";  // of server.pem, server.key, for HttpError
};

struct FrontCount {
  bool in_force = false;    // false while the server is gone
  std::uint64_t moved = 0;  // connections that were open and had to come back
  std::uint64_t treated = 0;
  std::uint64_t let_through = 0;

  bool operator==(const FrontCount&) const = default;
};

class Front {
 public:
  // In force when it returns. `loop` outlives the front; `on_change` is told each new count.
  static Result<std::unique_ptr<Front>> begin(EventLoop& loop, FrontSetting setting,
                                              std::function<void(const FrontCount&)> on_change);
  ~Front();
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;

  const FrontCount& count() const { return count_; }
  std::size_t open_connections() const { return relays_.size() + held_.size(); }

 private:
  Front(EventLoop& loop, FrontSetting setting, std::function<void(const FrontCount&)> on_change);
  Result<void> take_over();
  void let_go();
  void look_again();
  void accept_clients();
  void treat(UniqueFd client);
  void relay(UniqueFd client, const sockaddr_in& server, Duration later);
  void hold(UniqueFd client);
  bool hit();

  EventLoop& loop_;
  FrontSetting setting_;
  std::function<void(const FrontCount&)> on_change_;
  std::unique_ptr<ErrorServer> errors_;
  std::optional<Takeover> takeover_;
  std::map<std::uint64_t, std::unique_ptr<Relay>> relays_;
  std::map<int, UniqueFd> held_;  // black hole
  std::uint64_t last_relay_ = 0;
  std::uint64_t drawn_;
  FrontCount count_;
  FrontCount told_;
  EventLoop::TimerId timer_ = 0;
};

}  // namespace splitsite::reference
