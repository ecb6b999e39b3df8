// What the guest says is what the collector understands, and nothing else is believed.
#include "topologies/guest/datagram.hpp"

#include "scripts/testing/catch.hpp"

namespace splitsite::guest {
namespace {

TEST_CASE("datagram: a start comes across") {
  const auto got = parse_datagram(to_json(StartReport{"vm-1", 3, 120, 2}));
  REQUIRE(got);
  const auto* start = std::get_if<StartReport>(&*got);
  REQUIRE(start != nullptr);
  CHECK(start->vm == "vm-1");
  CHECK(start->boot == 3);
  CHECK(start->found_seq == 120);
  CHECK(start->found_boot == 2);
}

TEST_CASE("datagram: an acknowledged write comes across") {
  const auto got = parse_datagram(to_json(WriteReport{"vm-2", 1, 9, 0xffffffff}));
  REQUIRE(got);
  const auto* write = std::get_if<WriteReport>(&*got);
  REQUIRE(write != nullptr);
  CHECK(write->vm == "vm-2");
  CHECK(write->seq == 9);
  CHECK(write->crc == 0xffffffff);
}

TEST_CASE("datagram: an error comes across") {
  const auto got = parse_datagram(to_json(ErrorReport{"vm-2", 4, "EIO"}));
  REQUIRE(got);
  const auto* error = std::get_if<ErrorReport>(&*got);
  REQUIRE(error != nullptr);
  CHECK(error->boot == 4);
  CHECK(error->error == "EIO");
}

TEST_CASE("datagram: anything else is refused") {
  for (const char* text :
       {"", "{", "[]", "7", R"({"vm":"vm-1"})", R"({"vm":"vm-1","boot":1})",
        R"({"vm":"","boot":1,"seq":1,"crc":1})", R"({"vm":"vm-1","boot":-1,"seq":1,"crc":1})",
        R"({"vm":"vm-1","boot":1,"seq":"1","crc":1})",
        R"({"vm":"vm-1","boot":1,"seq":1,"crc":4294967296})",
        R"({"vm":"vm-1","boot":1,"seq":1,"crc":1)"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_datagram(text));
  }
}

}  // namespace
}  // namespace splitsite::guest
