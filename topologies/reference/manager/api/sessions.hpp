// Who is logged in: oVirt's OAuth tokens with an idle limit (UserSessionTimeOutInterval, 30 min).
// Tokens live in memory only, so a restarted Manager knows none of them, as an engine does.
// For any thread.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "harness/time/clock.hpp"

namespace splitsite::reference {

struct Account {
  std::string user = "admin@internal";  // the profile's other name, "…-authz", is accepted too
  std::string password;
};

class Sessions {
 public:
  Sessions(Account account, Clock& clock, Duration idle_limit = std::chrono::minutes(30));

  // A new token, or none if user or password are wrong.
  std::optional<std::string> log_in(const std::string& user, const std::string& password);
  // Whether the token is known and was used within the idle limit; counts as a use.
  bool is_valid(const std::string& token);
  void revoke(const std::string& token);

  // An Authorization header: "Bearer <token>", or "Basic <user:password in base64>".
  bool is_authorized(const std::string& header);

 private:
  bool is_account(const std::string& user, const std::string& password) const;

  const Account account_;
  Clock& clock_;
  const Duration idle_limit_;
  std::mutex mutex_;
  std::map<std::string, Instant> last_use_;
};

}  // namespace splitsite::reference
