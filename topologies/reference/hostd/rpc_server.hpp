// The RPC over HTTP: POST /rpc, one request and one reply each (topologies/reference/rpc/rpc.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "harness/core/result.hpp"
#include "topologies/reference/rpc/rpc.hpp"

namespace splitsite::reference::hostd {

class RpcServer {
 public:
  using Handler = std::function<rpc::Reply(const rpc::Request&)>;

  // Listens when this returns; `port` 0 takes any free one. The handler is called from several
  // threads and outlives the server.
  static Result<RpcServer> listen(const std::string& address, std::uint16_t port, Handler handler);

  RpcServer(RpcServer&&) noexcept;
  RpcServer& operator=(RpcServer&&) noexcept;
  ~RpcServer();  // waits for replies under way

  std::uint16_t port() const;

 private:
  struct Impl;
  explicit RpcServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace splitsite::reference::hostd
