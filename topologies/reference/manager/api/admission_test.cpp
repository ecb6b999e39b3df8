// Fact 7.1: token, basic authentication, persistent sessions.
#include "topologies/reference/manager/api/admission.hpp"

#include "scripts/testing/catch.hpp"

using namespace splitsite;
using namespace splitsite::reference;
using namespace std::chrono_literals;

namespace {

constexpr const char* right = "Basic YWRtaW5AaW50ZXJuYWw6cA==";  // admin@internal:p
constexpr const char* wrong = "Basic YWRtaW5AaW50ZXJuYWw6cQ==";  // admin@internal:q

struct Desk {
  ManualClock clock;
  Sessions sessions{{.password = "p"}, clock, 30min};
  Admission ask(Credentials credentials) { return admit(sessions, credentials); }
};

}  // namespace

TEST_CASE("7.1 a token admits while it holds; else the page says why") {
  Desk desk;
  const std::string token = desk.sessions.log_in("admin@internal", "p").value();
  CHECK(desk.ask({.authorization = "Bearer " + token}).admitted);
  const Admission none = desk.ask({.authorization = "Bearer made-up"});
  CHECK_FALSE(none.admitted);
  CHECK(none.why ==
        "invalid_grant: The provided authorization grant for the auth code has expired.");
  desk.clock.advance(31min);
  CHECK_FALSE(desk.ask({.authorization = "Bearer " + token}).admitted);
  CHECK(desk.ask({}).why == "Unauthorized");
  CHECK(desk.ask({.authorization = "Digest x"}).why == "Unauthorized");
}

TEST_CASE("7.1 basic authentication admits for one request") {
  Desk desk;
  const Admission once = desk.ask({.authorization = right});
  CHECK(once.admitted);
  CHECK(once.ends_after);
  CHECK(once.new_cookie.empty());
  const Admission denied = desk.ask({.authorization = wrong});
  CHECK_FALSE(denied.admitted);
  CHECK(denied.why.starts_with("access_denied: Cannot authenticate user 'admin@internal'"));
  CHECK_FALSE(desk.ask({.authorization = "Basic !!!!"}).admitted);
  CHECK_FALSE(desk.ask({.authorization = "Basic YWRtaW4="}).admitted);  // no colon
}

TEST_CASE("7.1 a persistent session goes on by its cookie, as long as the client prefers it") {
  Desk desk;
  const Admission first = desk.ask({.authorization = right, .persistent = true});
  REQUIRE_FALSE(first.new_cookie.empty());
  CHECK_FALSE(first.ends_after);
  const Credentials again{.cookie = first.new_cookie, .persistent = true};
  CHECK(desk.ask(again).admitted);
  CHECK(desk.ask(again).token == first.token);
  CHECK_FALSE(desk.ask({.cookie = "made-up", .persistent = true}).admitted);
  CHECK_FALSE(desk.ask({.cookie = first.new_cookie}).admitted);
  CHECK_FALSE(desk.ask(again).admitted);  // the request without the header has ended it
}

TEST_CASE("7.1 new-auth ends the session, Session-TTL sets how long it may be idle") {
  Desk desk;
  Credentials begin{.authorization = right, .persistent = true, .session_ttl = "60"};
  const std::string cookie = desk.ask(begin).new_cookie;
  desk.clock.advance(59min);
  CHECK(desk.ask({.cookie = cookie, .persistent = true}).admitted);
  CHECK_FALSE(desk.ask({.cookie = cookie, .persistent = true, .fresh = true}).admitted);
  CHECK_FALSE(desk.ask({.cookie = cookie, .persistent = true}).admitted);
  for (const char* useless : {"0", "-5", "soon", ""}) {
    begin.session_ttl = useless;
    const std::string other = desk.ask(begin).new_cookie;
    desk.clock.advance(31min);
    CHECK_FALSE(desk.ask({.cookie = other, .persistent = true}).admitted);
  }
}
