#include "topologies/reference/manager/api/sessions.hpp"

#include "scripts/testing/catch.hpp"

using namespace splitsite;
using namespace splitsite::reference;
using namespace std::chrono_literals;

TEST_CASE("only the account's user and password log in, each with a token of its own") {
  ManualClock clock;
  Sessions sessions({.password = "splitsite"}, clock);
  CHECK_FALSE(sessions.log_in("admin@internal", "wrong"));
  CHECK_FALSE(sessions.log_in("admin@internal", ""));
  CHECK_FALSE(sessions.log_in("root@internal", "splitsite"));
  CHECK_FALSE(sessions.log_in("", "splitsite"));
  const auto first = sessions.log_in("admin@internal", "splitsite");
  const auto second = sessions.log_in("admin@internal-authz", "splitsite");
  REQUIRE(first);
  REQUIRE(second);
  CHECK(*first != *second);
  CHECK(first->find_first_of("+/= ") == std::string::npos);
}

TEST_CASE("a token lives while it is used, and ends when revoked or idle too long") {
  ManualClock clock;
  Sessions sessions({.password = "p"}, clock, 30min);
  const std::string token = sessions.log_in("admin@internal", "p").value();
  clock.advance(29min);
  CHECK(sessions.is_valid(token));
  clock.advance(29min);
  CHECK(sessions.is_valid(token));
  clock.advance(31min);
  CHECK_FALSE(sessions.is_valid(token));
  const std::string other = sessions.log_in("admin@internal", "p").value();
  sessions.revoke(other);
  CHECK_FALSE(sessions.is_valid(other));
  CHECK_FALSE(sessions.is_valid(""));
}

TEST_CASE("a token may have an idle limit of its own") {
  ManualClock clock;
  Sessions sessions({.password = "p"}, clock, 30min);
  const std::string token = sessions.log_in("admin@internal", "p").value();
  sessions.limit(token, 60min);
  clock.advance(59min);
  CHECK(sessions.is_valid(token));
  clock.advance(61min);
  CHECK_FALSE(sessions.is_valid(token));
}

TEST_CASE("a cookie stands for a token until one of them ends") {
  ManualClock clock;
  Sessions sessions({.password = "p"}, clock, 30min);
  const std::string token = sessions.log_in("admin@internal", "p").value();
  const std::string cookie = sessions.keep(token);
  CHECK(cookie != token);
  CHECK(sessions.kept(cookie) == token);
  CHECK_FALSE(sessions.kept("made-up"));
  sessions.forget(cookie);
  CHECK_FALSE(sessions.kept(cookie));
  const std::string again = sessions.keep(token);
  sessions.revoke(token);
  CHECK_FALSE(sessions.is_valid(token));
  CHECK_FALSE(sessions.kept(again));
}
