// For tests: a Manager with a fake core behind the real HTTPS server on loopback.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "harness/adapters/ovirt/driver.hpp"
#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"
#include "topologies/reference/manager/api/api_server.hpp"
#include "topologies/reference/manager/api/fake_manager.hpp"

namespace splitsite::reference {

struct Directory {
  Directory() { path = make_temporary_directory(); }
  ~Directory() { std::filesystem::remove_all(path); }
  std::string path;
};

// `clock` is the sessions' clock.
struct Engine {
  // In a directory of its own unless one is given.
  explicit Engine(std::uint16_t wanted_port = 0, std::string directory = {}) {
    if (directory.empty()) directory = own_directory.emplace().path;
    const ApiConfig config{.listen_address = "127.0.0.1",
                           .port = wanted_port,
                           .names = {"127.0.0.1", "localhost"},
                           .directory = directory,
                           .account = {.password = "splitsite"},
                           .connection_idle_limit = std::chrono::seconds(1)};
    auto started = ApiServer::start(config, manager, clock);
    REQUIRE(started);
    server = std::move(started.value());
    ca_file = directory + "/ca.pem";
  }
  ovirt::EngineAccess access() const {
    return {.url = "https://127.0.0.1:" + std::to_string(server->port()),
            .password = "splitsite",
            .ca_file = ca_file,
            .connect_timeout = std::chrono::seconds(2),
            .request_timeout = std::chrono::seconds(5),
            .action_timeout = std::chrono::seconds(5)};
  }

  std::optional<Directory> own_directory;
  FakeManager manager;
  ManualClock clock;
  std::unique_ptr<ApiServer> server;
  std::string ca_file;
};

}  // namespace splitsite::reference
