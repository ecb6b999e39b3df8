// What the proxy does to the connections of clients, and its one strict reader.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::reference {

enum class Mode {
  Slow,       // what the server sends arrives later by `per_answer`: an answer, and once the
              // handshake of a new connection
  Reset,      // accepted and reset at once
  BlackHole,  // accepted and never answered
  HttpError   // TLS with the server's own certificate, then `status` for every request
};

struct Treatment {
  Mode mode = Mode::Slow;
  Duration per_answer{};       // Slow: 1 ms to 60 s
  int status = 503;            // HttpError: 400 to 599
  double share_percent = 100;  // of new connections, drawn from `seed`; the others are let through
  std::uint64_t seed = 1;
};

// {"mode":"slow","per_answer_ms":500,"status":503,"share_percent":100,"seed":1}: "mode" must be
// there, what another mode needs must not. Invalid names the argument and what is allowed.
Result<Treatment> treatment_from(const nlohmann::json& arguments);

std::string describe(const Treatment& treatment);  // "answers 500 ms later"

}  // namespace splitsite::reference
