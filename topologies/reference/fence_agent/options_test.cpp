#include "topologies/reference/fence_agent/options.hpp"

#include "scripts/testing/catch.hpp"

namespace splitsite::reference {
namespace {

TEST_CASE("VDSM's lines are understood, and so are the names of today") {
  const auto vdsm = read_fence_options(
      "agent=fence_splitsite\nipaddr=10.77.0.10\nlogin=admin\naction=off\npasswd=a=b\n"
      "port=host-a1\nipport=7301\n");
  REQUIRE(vdsm);
  CHECK(vdsm.value().address == "10.77.0.10");
  CHECK(vdsm.value().username == "admin");
  CHECK(vdsm.value().password == "a=b");
  CHECK(vdsm.value().plug == "host-a1");
  CHECK(vdsm.value().action == "off");
  CHECK(vdsm.value().ip_port == 7301);

  const auto today = read_fence_options("ip=h\nusername=u\npassword=p\nplug=n\n");
  REQUIRE(today);
  CHECK(today.value().address == "h");
  CHECK(today.value().plug == "n");
  CHECK(today.value().action == "reboot");
}

TEST_CASE("Comments, empty lines and other agents' options are passed over, nonsense is not") {
  CHECK(read_fence_options("# a comment\n\nlanplus=1\naction=on\n").value().action == "on");
  CHECK_FALSE(read_fence_options("off\n"));
  CHECK_FALSE(read_fence_options("=off\n"));
  CHECK_FALSE(read_fence_options("ipport=seven\n"));
  CHECK_FALSE(read_fence_options("ipport=70000\n"));
}

TEST_CASE("The metadata names every action of the conventions") {
  for (const char* action : {"on", "off", "reboot", "status", "monitor", "metadata"}) {
    CHECK(fence_metadata().find("<action name=\"" + std::string(action) + "\"") !=
          std::string::npos);
  }
}

}  // namespace
}  // namespace splitsite::reference
