// Who is logged in: oVirt's OAuth tokens with an idle limit (UserSessionTimeOutInterval, 30 min),
// and the cookies of persistent sessions, which stand for a token. Both live in memory only, so a
// restarted Manager knows none of them, as an engine does. For any thread.
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
  // Whether the token is known and was used within its idle limit; counts as a use.
  bool is_valid(const std::string& token);
  void revoke(const std::string& token);
  // Session-TTL: another idle limit for this token.
  void limit(const std::string& token, Duration idle_limit);

  // A cookie's value that stands for the token until one of them ends.
  std::string keep(const std::string& token);
  // The token a cookie stands for.
  std::optional<std::string> kept(const std::string& cookie);
  void forget(const std::string& cookie);

 private:
  struct Use {
    Instant last{};
    Duration idle_limit{};
  };
  bool is_account(const std::string& user, const std::string& password) const;
  void drop_idle(Instant now);

  const Account account_;
  Clock& clock_;
  const Duration idle_limit_;
  std::mutex mutex_;
  std::map<std::string, Use> tokens_;
  std::map<std::string, std::string> cookies_;  // to tokens
};

}  // namespace splitsite::reference
