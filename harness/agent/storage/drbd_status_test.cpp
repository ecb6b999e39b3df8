#include "harness/agent/storage/drbd_status.hpp"

#include <string>

#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

const std::string head =
    "version: 8.4.11 (api:1/proto:86-101)\nsrcversion: 0A1B2C3D4E5F60718293A4B \n";

DrbdStatus parsed(const std::string& body) {
  auto status = parse_drbd_status(head + body);
  REQUIRE(status);
  return status.value();
}

TEST_CASE("Both sides primary and up to date") {
  const auto status = parsed(
      " 0: cs:Connected ro:Primary/Primary ds:UpToDate/UpToDate C r-----\n"
      "    ns:4096 nr:12 dw:4108 dr:2160 al:3 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0\n");
  CHECK(status.connection == "Connected");
  CHECK(status.role == "Primary");
  CHECK(status.peer_role == "Primary");
  CHECK(status.both_up_to_date());
  CHECK_FALSE(status.suspended);
  CHECK(status.out_of_sync_kib == 0);
}

TEST_CASE("A resync is connected but not up to date, and says how much is missing") {
  const auto status = parsed(
      " 0: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C r-----\n"
      "    ns:0 nr:51200 dw:51200 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:210944\n"
      "\t[===>................] sync'ed: 19.6% (210944/262144)K\n"
      "\tfinish: 0:00:16 speed: 12,800 (12,800) want: 0 K/sec\n");
  CHECK(status.connection == "SyncTarget");
  CHECK(status.disk == "Inconsistent");
  CHECK(status.peer_disk == "UpToDate");
  CHECK(status.out_of_sync_kib == 210944);
  CHECK_FALSE(status.both_up_to_date());
}

TEST_CASE("A loser's frozen I/O shows in the first flag") {
  const auto status = parsed(
      " 0: cs:WFConnection ro:Primary/Unknown ds:Outdated/DUnknown C s-----\n"
      "    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:1 ep:1 wo:f oos:0\n");
  CHECK(status.suspended);
  CHECK(status.disk == "Outdated");
  CHECK(status.peer_disk == "DUnknown");
}

TEST_CASE("The winner alone is up to date; its peer is outdated, so not both are") {
  const auto status = parsed(
      " 0: cs:WFConnection ro:Primary/Unknown ds:UpToDate/Outdated C r-----\n"
      "    ns:0 nr:0 dw:16 dr:0 al:1 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:16\n");
  CHECK_FALSE(status.both_up_to_date());
  CHECK(status.out_of_sync_kib == 16);
}

TEST_CASE("Stand-alone, diskless, unconfigured and absent devices are told apart") {
  CHECK(parsed(" 0: cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown   r-----\n"
               "    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:8\n")
            .connection == "StandAlone");
  CHECK(parsed(" 0: cs:Connected ro:Secondary/Primary ds:Diskless/UpToDate C r-----\n").disk ==
        "Diskless");
  CHECK(parsed(" 0: cs:Unconfigured\n").connection == "Unconfigured");
  CHECK(parsed("").connection == "Unconfigured");
}

TEST_CASE("Who asked for a pause of the resync is told apart") {
  const auto here =
      parsed(" 0: cs:PausedSyncT ro:Primary/Primary ds:Inconsistent/UpToDate C r--u--\n");
  CHECK(here.paused_here);
  CHECK_FALSE(here.paused_by_peer);
  const auto peer = parsed(" 0: cs:Connected ro:Primary/Primary ds:UpToDate/UpToDate C r-p---\n");
  CHECK_FALSE(peer.paused_here);
  CHECK(peer.paused_by_peer);
  const auto neither =
      parsed(" 0: cs:Connected ro:Primary/Primary ds:UpToDate/UpToDate C ra----\n");
  CHECK_FALSE((neither.paused_here || neither.paused_by_peer));
}

TEST_CASE("Only the device asked for is read") {
  auto status = parse_drbd_status(
      head +
          " 0: cs:Connected ro:Primary/Primary ds:UpToDate/UpToDate C r-----\n    oos:0\n"
          " 1: cs:WFConnection ro:Secondary/Unknown ds:Outdated/DUnknown C r-----\n    oos:7\n",
      1);
  REQUIRE(status);
  CHECK(status.value().connection == "WFConnection");
  CHECK(status.value().out_of_sync_kib == 7);
}

TEST_CASE("Progress of a resync alone is no change of state; freezing is") {
  DrbdStatus before{.connection = "SyncSource", .out_of_sync_kib = 100};
  DrbdStatus after = before;
  after.out_of_sync_kib = 50;
  CHECK(before.same_state(after));
  after.suspended = true;
  CHECK_FALSE(before.same_state(after));
}

TEST_CASE("What is not DRBD 8.4 is refused, not guessed at") {
  CHECK_FALSE(parse_drbd_status(""));
  CHECK_FALSE(parse_drbd_status("version: 9.1.2 (api:2)\n"));
  CHECK_FALSE(
      parse_drbd_status(head + " 0: cs:Connected ro:Primary ds:UpToDate/UpToDate C r---\n"));
  CHECK_FALSE(parse_drbd_status(head + " 0: garbage\n"));
}

}  // namespace
}  // namespace splitsite
