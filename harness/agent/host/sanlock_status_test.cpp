#include "harness/agent/host/sanlock_status.hpp"

#include <cstring>

#include "harness/agent/host/sanlock_wire.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

template <class T>
std::string bytes_of(const T& value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string head() { return bytes_of(wire::Header{.magic = wire::magic}); }

std::string state(std::uint32_t type, std::string text, std::uint32_t pid = 0,
                  std::uint64_t version = 0) {
  text.push_back('\0');
  wire::State fixed{};
  fixed.type = type;
  fixed.pid = pid;
  fixed.version = version;
  fixed.text_length = static_cast<std::uint32_t>(text.size());
  return bytes_of(fixed) + text;
}

std::string lockspace(const char* name, const std::string& text) {
  sanlk_lockspace described{};
  std::strncpy(described.name, name, SANLK_NAME_LEN - 1);
  return state(wire::lockspace_state, text) + bytes_of(described);
}

std::string resource(const char* name, std::uint32_t pid, const std::string& list,
                     const char* space = "domain") {
  sanlk_resource described{};
  std::strncpy(described.lockspace_name, space, SANLK_NAME_LEN - 1);
  std::strncpy(described.name, name, SANLK_NAME_LEN - 1);
  described.num_disks = 1;
  return state(wire::resource_state, "list=" + list + " flags=0 lver=4 token_id=7", pid, 4) +
         bytes_of(described) + bytes_of(sanlk_disk{});
}

SanlockStatus parsed(const std::string& states) {
  auto status = parse_sanlock_status(head() + states, "domain");
  REQUIRE(status);
  return status.value();
}

TEST_CASE("A daemon without a lockspace has joined none and holds nothing") {
  const auto status = parsed(state(1, "our_host_name=host-a1") + state(3, "ci=2 pid=77", 77));
  CHECK(status.daemon);
  CHECK_FALSE(status.joined);
  CHECK(status.leases.empty());
}

TEST_CASE("The lockspace is joined when it is neither on its way in nor out nor lost") {
  const std::string rest = " space_id=1 io_timeout=3 host_generation=5 renew_fail=0 ";
  const auto joined = parsed(lockspace("domain", "list=spaces" + rest + "space_dead=0"));
  CHECK(joined.joined);
  CHECK(joined.generation == 5);
  CHECK_FALSE(parsed(lockspace("domain", "list=add" + rest + "space_dead=0")).joined);
  CHECK_FALSE(parsed(lockspace("domain", "list=rem" + rest + "space_dead=0")).joined);
  CHECK_FALSE(parsed(lockspace("domain", "list=spaces" + rest + "space_dead=1")).joined);
  CHECK_FALSE(parsed(lockspace("other", "list=spaces" + rest + "space_dead=0")).joined);
}

TEST_CASE("Leases are held until they are let go on disk, and not before they are acquired") {
  const auto status = parsed(resource("vm-1", 100, "held") + resource("vm-2", 200, "rem") +
                             resource("vm-3", 300, "add") + resource("SDM", 7, "held") +
                             resource("vm-9", 9, "held", "other"));
  CHECK(status.leases == std::vector<HeldLease>{{"vm-1", 100, 4}, {"vm-2", 200, 4}, {"SDM", 7, 4}});
}

TEST_CASE("An answer that is cut short or of another protocol is refused") {
  const std::string whole = head() + resource("vm-1", 100, "held");
  CHECK(parse_sanlock_status(whole, "domain"));
  CHECK_FALSE(parse_sanlock_status("", "domain"));
  CHECK_FALSE(parse_sanlock_status(std::string(32, '\0'), "domain"));
  for (const std::size_t lost : {1U, 1100U, 1250U}) {
    CHECK_FALSE(parse_sanlock_status(whole.substr(0, whole.size() - lost), "domain"));
  }
}

}  // namespace
}  // namespace splitsite::agent
