// The Manager's HTTPS front: the oVirt REST API v4 at /ovirt-engine/api, single sign-on, the CA
// certificate and the health page. Shapes and paths follow ovirt-engine-api-model, so that a client
// written for a real engine reads this one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/result.hpp"
#include "topologies/reference/manager/api/sessions.hpp"
#include "topologies/reference/manager/manager_port.hpp"

namespace splitsite::reference {

struct ApiConfig {
  std::string listen_address = "0.0.0.0";
  std::uint16_t port = 443;        // 0: any free one
  std::vector<std::string> names;  // what clients call the server: "10.77.0.31", "manager"
  std::string directory = "/var/lib/splitsite-manager";  // of ca.pem, server.pem, server.key
  Account account;
  Duration session_idle_limit = std::chrono::minutes(30);
  // A kept-alive connection is closed after so long without a request (whole seconds); the
  // destructor waits for that.
  std::chrono::seconds connection_idle_limit{5};
};

class ApiServer {
 public:
  // Serves when this returns. `manager` and `clock` must outlive the server.
  static Result<std::unique_ptr<ApiServer>> start(const ApiConfig& config, ManagerPort& manager,
                                                  Clock& clock);
  // Stops accepting and waits for the requests under way and for idle connections.
  ~ApiServer();
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  std::uint16_t port() const;
  const std::string& ca_pem() const;

 private:
  class Impl;
  explicit ApiServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace splitsite::reference
