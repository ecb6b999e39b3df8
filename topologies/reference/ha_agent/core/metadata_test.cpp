// Fact 5.3: the blocks hosts tell each other of themselves with.
#include "topologies/reference/ha_agent/core/metadata.hpp"

#include "scripts/testing/catch.hpp"

namespace splitsite::reference::ha {
namespace {

HostBlock a_block() {
  return {.host = {.host_id = 2,
                   .timestamp = 4711,
                   .score = 3400,
                   .engine = {.vm = EngineVm::Up, .health = EngineHealth::Good, .detail = "Up"},
                   .hostname = "host-a2"},
          .state = "EngineUp"};
}

std::string why_not(const std::string& block, int host_id = 2) {
  const auto read = decode_host_block(host_id, block);
  return read ? "" : read.error().why;
}

TEST_CASE("5.3 what a host writes, another reads") {
  const std::string block = encode(a_block()).value();
  CHECK(block.size() == 4096);
  const Peer peer = decode_host_block(2, block).value().value();
  CHECK(peer.host_id == 2);
  CHECK(peer.timestamp == 4711);
  CHECK(peer.score == 3400);
  CHECK(peer.engine == a_block().host.engine);
  CHECK(peer.hostname == "host-a2");
  CHECK_FALSE(peer.maintenance);
  CHECK_FALSE(peer.stopped);
}

TEST_CASE(
    "5.3 a block starts with the fields of ovirt-hosted-engine-ha, people can read the rest") {
  const std::string block = encode(a_block()).value();
  CHECK(block.substr(0, 16) == "1|1|4711|2|3400|");
  CHECK(block.find("|host-a2|0|0|") < kHeaderBytes);
  const std::string rest = block.substr(kHeaderBytes);
  for (const char* line :
       {"host-ts=4711\n", "score=3400\n", "hostname=host-a2\n", "stopped=False\n",
        "maintenance=False\n", "state=EngineUp\n", "host-id=2\n"})
    CHECK(rest.find(line) != std::string::npos);
}

TEST_CASE("5.3 a torn block is refused, whichever byte of its header is old") {
  const std::string block = encode(a_block()).value();
  HostBlock newer = a_block();
  newer.host.timestamp = 4721;
  newer.host.score = 1800;
  const std::string next = encode(newer).value();
  const std::size_t header_end = block.find('\0');
  int refused = 0;
  for (std::size_t cut = 1; cut < header_end; ++cut) {
    const std::string torn = next.substr(0, cut) + block.substr(cut);
    const std::string header = torn.substr(0, kHeaderBytes);
    if (header == block.substr(0, kHeaderBytes) || header == next.substr(0, kHeaderBytes)) continue;
    ++refused;
    CHECK_FALSE(why_not(torn).empty());
  }
  CHECK(refused > 20);
}

TEST_CASE("5.3 a block that is not a host's own is refused with the reason") {
  const std::string block = encode(a_block()).value();
  CHECK(why_not(block, 3) == "it is the block of host 2");
  CHECK(why_not(block.substr(0, 512)) == "512 of 4096 bytes");
  std::string garbage(4096, 'x');
  CHECK(why_not(garbage).find("no metadata version") != std::string::npos);
  std::string from_the_future = block;
  from_the_future[0] = '2';
  CHECK(why_not(from_the_future) == "metadata version 2 is too new");
  std::string changed = block;
  changed[4] = '9';
  CHECK(why_not(changed).find("does not match the data") != std::string::npos);
}

TEST_CASE("5.3 a block nobody wrote is nobody's") {
  CHECK_FALSE(decode_host_block(2, std::string(4096, '\0')).value().has_value());
}

TEST_CASE("5.3 a name that would shift the fields is not written") {
  HostBlock block = a_block();
  block.host.hostname = "host|3400";
  CHECK_FALSE(encode(block));
  block.host.hostname = std::string(500, 'h');
  CHECK_FALSE(encode(block));
}

TEST_CASE("5.3 block 0 carries the global maintenance") {
  CHECK(decode_global_block(encode_global_block(true)).value());
  CHECK_FALSE(decode_global_block(encode_global_block(false)).value());
  CHECK_FALSE(decode_global_block(std::string(4096, '\0')).value());
  CHECK_FALSE(decode_global_block(std::string(4096, 'm')));
}

TEST_CASE("5.3 a corrupt block costs its host, not the others") {
  std::string area = encode_global_block(true);
  HostBlock one = a_block();
  one.host.host_id = 1;
  area += encode(one).value();
  area += encode(a_block()).value();
  area += std::string(4096, '\0');
  area[4096 * 2 + 5] = '?';
  const Whiteboard board = read_whiteboard(area, /*own_host_id=*/4);
  CHECK(board.global_maintenance);
  REQUIRE(board.peers.size() == 1);
  CHECK(board.peers[0].host_id == 1);
  REQUIRE(board.unreadable.count(2) == 1);
  CHECK(board.unreadable.at(2).find("checksum") != std::string::npos);
  CHECK(board.unreadable.count(3) == 0);
  CHECK(read_whiteboard(area, 1).peers.empty());  // one's own block is no news
}

}  // namespace
}  // namespace splitsite::reference::ha
