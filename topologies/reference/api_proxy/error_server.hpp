// An HTTPS server that answers every request with one status and a fault, as an engine does that is
// up and cannot serve. On the loopback only; the proxy leads clients to it.
#pragma once

#include <netinet/in.h>

#include <memory>
#include <string>

#include "harness/core/result.hpp"

namespace splitsite::reference {

class ErrorServer {
 public:
  // Serves when it returns, on a free port. `directory` holds server.pem and server.key.
  static Result<std::unique_ptr<ErrorServer>> start(int status, const std::string& directory);
  ~ErrorServer();
  ErrorServer(const ErrorServer&) = delete;
  ErrorServer& operator=(const ErrorServer&) = delete;

  sockaddr_in address() const;

 private:
  class Impl;
  explicit ErrorServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace splitsite::reference
