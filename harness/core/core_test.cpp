#include "harness/core/handle.hpp"
#include "harness/core/id.hpp"
#include "harness/core/result.hpp"
#include "harness/core/scope_guard.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

Error disk_full() {
  return Error{.kind = ErrorKind::Unavailable,
               .attempted = "write the overlay of",
               .subject = "host-a1",
               .why = "no space left on device",
               .hint = "free 2 GiB"};
}

Result<int> half(int n) {
  if (n % 2 != 0) return Error{.kind = ErrorKind::Invalid, .attempted = "halve"};
  return n / 2;
}

Result<int> quarter(int n) {
  SPLITSITE_TRY(auto first, half(n));
  return half(first);
}

TEST_CASE("An error is one sentence that says what, on what, why and what to do") {
  CHECK(disk_full().message() ==
        "could not write the overlay of host-a1: no space left on device; free 2 GiB");
}

TEST_CASE("An error seen from one level up keeps its cause and its kind") {
  const Error outer = disk_full().while_attempting("bring up the lab", "stretch");
  CHECK(outer.kind == ErrorKind::Unavailable);
  CHECK(outer.message() ==
        "could not bring up the lab stretch (because it could not write the overlay of host-a1: "
        "no space left on device; free 2 GiB)");
}

TEST_CASE("TRY hands the value on and returns the first error") {
  CHECK(quarter(8).value() == 2);
  CHECK(quarter(6).has_error());
}

TEST_CASE("Ids of different kinds neither convert nor compare") {
  STATIC_REQUIRE_FALSE(std::is_convertible_v<std::string, SiteId>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<SiteId, NodeId>);
  CHECK(SiteId{"a"} < SiteId{"b"});
  CHECK(fmt::format("{}", NodeId{"host-a1"}) == "host-a1");
}

TEST_CASE("A released scope guard does nothing") {
  int runs = 0;
  {
    const ScopeGuard guard([&] { ++runs; });
  }
  {
    ScopeGuard guard([&] { ++runs; });
    guard.release();
  }
  CHECK(runs == 1);
}

}  // namespace
}  // namespace splitsite
