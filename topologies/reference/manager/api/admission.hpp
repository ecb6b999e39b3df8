// Who may make a request: the chain of filters before oVirt's API (ovirt-engine aaa/filters):
// a bearer token, basic authentication, or the cookie of a persistent session.
#pragma once

#include <optional>
#include <string>

#include "topologies/reference/manager/api/sessions.hpp"

namespace splitsite::reference {

inline constexpr const char* session_cookie = "JSESSIONID";

struct Credentials {
  std::string authorization;  // the header; empty: there is none
  std::string cookie;         // the session cookie's value
  bool persistent = false;    // Prefer: persistent-auth
  bool fresh = false;         // Prefer: new-auth
  std::string session_ttl;    // minutes
};

struct Admission {
  bool admitted = false;
  std::string why;          // not admitted: as the page says it
  std::string token;        // admitted: what it goes by
  std::string new_cookie;   // to be given to the client
  bool ends_after = false;  // basic authentication without a persistent session
};

// Without Prefer: persistent-auth a cookie counts for nothing and its session ends
// (RestApiSessionValidationFilter). Session-TTL holds for a session that begins here.
Admission admit(Sessions& sessions, const Credentials& credentials);

// The words of the single sign-on's refusals (enginesso AppMessages).
std::string wrong_password(const std::string& user);
inline constexpr const char* expired_grant =
    "The provided authorization grant for the auth code has expired.";

// "user:password" of a Basic header's argument; nothing if it is no such thing.
struct UserAndPassword {
  std::string user;
  std::string password;
};
std::optional<UserAndPassword> decode_basic(const std::string& argument);

}  // namespace splitsite::reference
