// The plans of link faults as golden text, and bad parameters refused by name.
#include "faults/link/testing_link.hpp"

namespace splitsite {
namespace {

TEST_CASE("A link fault changes the directions it names and no other") {
  CHECK(plan_text("link-cut sites=a-b") ==
        "add to site link a to b: cut (drop)\n"
        "add to site link b to a: cut (drop)\n");
  CHECK(plan_text("link-cut sites=b-a how=reject direction=a-b") ==
        "add to site link a to b: cut (reject)\n");
  CHECK(plan_text("link-cut sites=a-b direction=b-a") == "add to site link b to a: cut (drop)\n");
  CHECK(plan_text("link-cut sites=a-b link=replication") ==
        "add to replication link a to b: cut (drop)\n"
        "add to replication link b to a: cut (drop)\n");
}

TEST_CASE("What each link fault puts on a direction") {
  const auto effect = [](const std::string& line) {
    return plan_text(line + " sites=a-b direction=a-b").substr(std::string("add to ").size());
  };
  CHECK(effect("link-delay added=10ms") == "site link a to b: delay 10 ms\n");
  CHECK(effect("link-delay added=10ms jitter=4ms shape=pareto correlation=25") ==
        "site link a to b: delay 10 ms ± 4 ms pareto correlated 25 %\n");
  CHECK(effect("link-loss percent=20") == "site link a to b: loss 20 %\n");
  CHECK(effect("link-loss percent=20 correlation=30") ==
        "site link a to b: loss 20 % correlated 30 %\n");
  CHECK(effect("link-burst-loss enter=2 leave=20") ==
        "site link a to b: burst loss (enter 2 %, leave 20 %, bad 100 %, good 0 %)\n");
  CHECK(effect("link-duplication percent=3") == "site link a to b: duplicate 3 %\n");
  CHECK(effect("link-corruption percent=3") == "site link a to b: corrupt 3 %\n");
  CHECK(effect("link-reordering percent=25 delay=20ms") ==
        "site link a to b: delay 20 ms, reorder 25 %\n");
  CHECK(effect("link-rate rate=2Mbit") == "site link a to b: rate 2 Mbit/s\n");
  CHECK(effect("link-mtu longest=1400") == "site link a to b: packets above 1400 bytes vanish\n");
  CHECK(effect("link-flap period=2s down=25") ==
        "site link a to b: cut (drop) for 500 ms of every 2000 ms\n");
}

TEST_CASE("Faults of single nodes are changes in those nodes") {
  CHECK(plan_text("partition nodes=host-a1,sto-a from=host-b1,sto-b") ==
        "on host-a1: traffic.block {\"direction\":\"both\",\"how\":\"drop\",\"peers\":"
        "[\"10.77.0.21\",\"10.77.0.29\",\"10.78.0.29\"],\"what\":\"all\"}\n"
        "on sto-a: traffic.block {\"direction\":\"both\",\"how\":\"drop\",\"peers\":"
        "[\"10.77.0.21\",\"10.77.0.29\",\"10.78.0.29\"],\"what\":\"all\"}\n");
  CHECK(plan_text("partition nodes=host-a1 from=host-b1 direction=from-to") ==
        "on host-a1: traffic.block {\"direction\":\"in\",\"how\":\"drop\",\"peers\":"
        "[\"10.77.0.21\"],\"what\":\"all\"}\n");
  CHECK(plan_text("host-network-cut host=host-a1 traffic=storage how=reject") ==
        "on host-a1: traffic.block {\"direction\":\"both\",\"how\":\"reject\",\"peers\":[],"
        "\"what\":\"storage\"}\n");
  CHECK(plan_text("nic-down node=sto-a device=eth1") ==
        "on sto-a: nic.down {\"device\":\"eth1\"}\n");
}

TEST_CASE("An impossible parameter is named, with what is allowed") {
  const auto refused = [](const std::string& line, const char* why) {
    INFO(line);
    CHECK_THAT(refusal_of(line), Catch::Contains(why));
  };
  refused("link-delay sites=a-b added=-3ms", "1 ms to 400 ms");
  refused("link-delay sites=a-b added=10ms jitter=11ms", "\"jitter\"");
  refused("link-delay sites=a-b added=10ms correlation=20", "\"correlation\"");
  refused("link-delay sites=a-b added=10ms shape=normal", "needs jitter");
  refused("link-loss sites=a-b percent=120", "0.5 to 90");
  refused("link-loss sites=a-b percent=1 correlation=50", "\"correlation\"");
  refused("link-burst-loss sites=a-b enter=0.01 leave=33", "\"enter\"");
  refused("link-burst-loss sites=a-b bad-loss=50 leave=33", "\"leave\"");
  refused("link-cut sites=a-q", "\"sites\"");
  refused("link-cut sites=a-w link=replication", "name one of: a-b");
  refused("link-cut sites=a-b direction=a-w", "\"direction\"");
  refused("link-delay sites=a-b added=3ms direction=a-b", "\"direction\"");
  refused("link-cut sites=a-b how=softly", "drop, reject");
  refused("link-mtu sites=a-b longest=1500", "128 to 1499");
  refused("partition nodes=host-a1 from=host-b1,host-a1", "\"from\"");
  refused("partition nodes=host-a1 from=host-q1", "\"from\"");
  refused("host-network-cut host=sto-a", "\"host\"");
  refused("nic-down node=host-a1 device=eth7", "\"device\"");
}

TEST_CASE("A fault says what it is in a phrase") {
  CHECK(fault_of("link-loss sites=a-b percent=20")->describe() ==
        "loss 20 % on the site link a-b, both ways");
  CHECK(fault_of("link-cut sites=a-b direction=b-a link=replication")->describe() ==
        "cut (drop) on the replication link, b to a only");
  CHECK(fault_of("partition nodes=host-a1,sto-a from=host-b1")->describe() ==
        "partition of host-a1,sto-a from host-b1 (drop)");
}

}  // namespace
}  // namespace splitsite
