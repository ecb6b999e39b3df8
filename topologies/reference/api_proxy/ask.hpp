// What a client sees of the API: a few requests one after the other on one connection.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "harness/time/clock.hpp"

namespace splitsite::reference {

struct Question {
  std::string address = "127.0.0.1";
  std::uint16_t port = 443;
  std::string path = "/ovirt-engine/services/health";
  int count = 2;
  Duration timeout = std::chrono::seconds(3);  // of each request, and of the connection
  std::optional<std::string> ca;               // file to verify the server against; none: not
};

// {"answers":[{"outcome":"answered","status":200,"took_us":5300},…]}. Outcomes: answered; refused
// (no connection); reset (a connection that ended without an answer); silent (none in time). The
// first answer's time includes TCP and TLS. After an outcome that is not an answer the rest is not
// asked.
nlohmann::json ask(const Question& question);

}  // namespace splitsite::reference
