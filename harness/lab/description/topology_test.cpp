#include "harness/lab/description/topology.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scripts/testing/golden.hpp"

namespace splitsite {
namespace {

const std::string testdata = "harness/lab/description/testdata/";

std::string small() {
  return testing::read_text(std::string(SPLITSITE_SOURCE_DIR) + "/" + testdata +
                            "small.topology.toml");
}

struct Mistake {
  const char* what;
  std::string piece;  // of the small topology; its first occurrence is replaced
  std::string replacement;
};

// [[manager]] nodes "manager-1", "manager-2" … in these sites.
std::string clustered(const std::vector<std::string>& sites) {
  std::string text;
  for (const std::string& site : sites) {
    text += fmt::format("[[manager]]\nname = \"manager-{}\"\nsite = \"{}\"\nmemory_mib = 512\n",
                        1 + std::count(text.begin(), text.end(), '['), site);
  }
  return text;
}

const Mistake mistakes[] = {
    {"no TOML", "dead_spm = \"moves\"", "dead_spm = moves"},
    {"a key written twice", "host_id = 1", "host_id = 1\nhost_id = 1"},
    {"an unknown key, nearly right", "spm_priority = 10", "spm_prio = 10"},
    {"an unknown key, far off", "kind = \"site\"", "kind = \"site\"\nbandwidth = 100"},
    {"an unknown table", "[wan]", "[wam]"},
    {"an unknown key at the top", "timing = \"fast\"", "timing = \"fast\"\nversion = 1"},
    {"a missing key", "host_id = 1\n", ""},
    {"a missing table", "[wan]\nname = \"wan\"\nmemory_mib = 256\n", ""},
    {"a table where a list of tables belongs", "[[affinity_group]]", "[affinity_group]"},
    {"a list of tables where a table belongs", "[witness]", "[[witness]]"},
    {"text for a number", "host_id = 1", "host_id = \"1\""},
    {"a fraction for a whole number", "memory_mib = 1024", "memory_mib = 1024.5"},
    {"a number for text", "name = \"a\"", "name = 1"},
    {"text for a flag", "lease = true", "lease = \"yes\""},
    {"text for a list", "between = [\"a\", \"b\"]", "between = \"a-b\""},
    {"a number in a list of text", "[\"vm-1\"]", "[1]"},
    {"not a number", "latency_ms = 3.5", "latency_ms = nan"},
    {"a date", "latency_ms = 3.5", "latency_ms = 2026-01-01"},
    {"a word nobody knows", "role = \"primary\"", "role = \"main\""},
    {"a dead_spm word nobody knows", "\"moves\"", "\"returns\""},
    {"a host's name twice", "name = \"host-b1\"", "name = \"host-a1\""},
    {"a VM named as a host", "name = \"vm-2\"", "name = \"host-a1\""},
    {"a site's name twice", "name = \"b\"", "name = \"a\""},
    {"an affinity group's name twice", "enforcing = false",
     "enforcing = false\n[[affinity_group]]\nname = \"primary-site\""},
    {"a name that is too long", "name = \"host-a1\"", "name = \"hypervisor-a1\""},
    {"a name with capitals", "name = \"host-a1\"", "name = \"Host-a1\""},
    {"an empty name", "name = \"vm-1\"", "name = \"\""},
    {"a timing profile that is a path", "\"fast\"", "\"../fast\""},
    {"a fencing policy's threshold above all hosts", "[storage_domain]",
     "[fencing_policy]\nconnectivity_threshold = 101\n[storage_domain]"},
    {"a role twice", "role = \"third\"", "role = \"secondary\""},
    {"a missing role", "[[site]]\nname = \"w\"\nrole = \"third\"\n", ""},
    {"a site without hosts", "site = \"b\"\nhost_id", "site = \"a\"\nhost_id"},
    {"a site without storage", "name = \"sto-b\"\nsite = \"b\"", "name = \"sto-b\"\nsite = \"a\""},
    {"a host in the third site", "site = \"b\"\nhost_id", "site = \"w\"\nhost_id"},
    {"a host in an unknown site", "site = \"b\"\nhost_id", "site = \"c\"\nhost_id"},
    {"a witness beside the hosts", "name = \"witness\"\nsite = \"w\"",
     "name = \"witness\"\nsite = \"a\""},
    {"SPM priority above the range", "spm_priority = 10", "spm_priority = 11"},
    {"SPM priority below the range", "spm_priority = 10", "spm_priority = -2"},
    {"host id 0", "host_id = 1", "host_id = 0"},
    {"host id 2001", "host_id = 1", "host_id = 2001"},
    {"host id twice", "host_id = 2", "host_id = 1"},
    {"a host with too little memory", "memory_mib = 1024", "memory_mib = 256"},
    {"a VM with too little memory", "memory_mib = 128", "memory_mib = 8"},
    {"a VM that hardly ever writes", "memory_mib = 128", "write_interval_ms = 1001"},
    {"an unknown home", "home = \"b\"", "home = \"bb\""},
    {"a home without hosts", "home = \"b\"", "home = \"w\""},
    {"a lease without high availability", "lease = false", "lease = true"},
    {"a VM priority above the range", "priority = 50", "priority = 101"},
    {"an unknown VM, nearly right", "[\"vm-1\"]", "[\"vm1\"]"},
    {"an unknown host", "[\"host-a1\"]", "[\"host-a1\", \"host-c1\"]"},
    {"a member named twice", "[\"host-a1\"]", "[\"host-a1\", \"host-a1\"]"},
    {"an empty group", "[\"host-a1\"]", "[]"},
    {"a negative latency", "latency_ms = 3.5", "latency_ms = -1"},
    {"more jitter than latency", "jitter_ms = 0.2", "jitter_ms = 4"},
    {"loss above the range", "loss_percent = 0.1", "loss_percent = 101"},
    {"a link to itself", "[\"a\", \"b\"]", "[\"a\", \"a\"]"},
    {"a link to an unknown site", "[\"a\", \"b\"]", "[\"a\", \"x\"]"},
    {"a link twice", "[\"w\", \"b\"]", "[\"b\", \"a\"]"},
    {"a link too few", "[[link]]\nkind = \"site\"\nbetween = [\"w\", \"b\"]\nlatency_ms = 2\n", ""},
    {"replication to the third site", "[\"b\", \"a\"]", "[\"b\", \"w\"]"},
    {"no replication",
     "[[link]]\nkind = \"replication\"\nbetween = [\"b\", \"a\"]\nlatency_ms = 1\n", ""},
    {"a clustered Manager in the third site", "[manager]", "[[manager]]"},
    {"a clustered Manager with one node",
     "[manager]\nname = \"manager\"\nsite = \"w\"\nmemory_mib = 384", clustered({"a"})},
    {"a clustered Manager with both nodes in one site",
     "[manager]\nname = \"manager\"\nsite = \"w\"\nmemory_mib = 384", clustered({"b", "b"})},
    {"a clustered Manager with three nodes",
     "[manager]\nname = \"manager\"\nsite = \"w\"\nmemory_mib = 384", clustered({"a", "b", "a"})},
    {"a clustered Manager's node with too little memory",
     "[manager]\nname = \"manager\"\nsite = \"w\"\nmemory_mib = 384",
     "[[manager]]\nname = \"manager-a\"\nsite = \"a\"\nmemory_mib = 384"},
    {"a Manager's node and a self-hosted engine", "[witness]", "[hosted_engine]\n[witness]"},
    {"a self-hosted engine on an unknown host", "[manager]\nname = \"manager\"\nsite = \"w\"",
     "[hosted_engine]\nhome = \"a\"\nhosts = [\"host-x1\"]"},
    {"a self-hosted engine at home where no host is", "[manager]\nname = \"manager\"\nsite = \"w\"",
     "[hosted_engine]\nhome = \"w\"\nhosts = [\"host-a1\"]"},
    {"a migration mode nobody knows", "priority = 50", "migration = \"never\""},
    {"an error handling nobody knows", "dead_spm", "on_error = \"restart\"\ndead_spm"},
    {"a rule between one VM", "enforcing = false",
     "enforcing = false\nvms_rule = \"negative\"\nvms_enforcing = true"},
    {"a rule between VMs that nobody knows", "enforcing = false",
     "enforcing = false\nvms_rule = \"apart\""},
    {"a rule between VMs, soft or not?", "vms = [\"vm-1\"]",
     "vms = [\"vm-1\", \"vm-2\"]\nvms_rule = \"negative\""},
    {"strictness of a rule that is not there", "enforcing = false",
     "enforcing = false\nvms_enforcing = true"},
    {"a group without any rule", "hosts = [\"host-a1\"]\n", ""},
    {"a rule to hosts that are not named", "vms = [\"vm-1\"]\nhosts = [\"host-a1\"]",
     "vms = [\"vm-1\", \"vm-2\"]\nvms_rule = \"positive\"\nvms_enforcing = true"},
    {"a storage domain that sanlock cannot name", "name = \"data\"", "name = \"my data\""},
};

TEST_CASE("A mistake in a topology is refused with its place, what is allowed and what was meant") {
  std::string refusals;
  for (const Mistake& mistake : mistakes) {
    INFO(mistake.what);
    std::string text = small();
    const auto at = text.find(mistake.piece);
    REQUIRE(at != std::string::npos);
    text.replace(at, mistake.piece.size(), mistake.replacement);
    const auto topology = parse_topology("small.toml", text);
    REQUIRE(topology.has_error());
    CHECK(topology.error().kind == ErrorKind::Invalid);
    refusals += fmt::format("{}\n  {}\n", mistake.what, topology.error().message());
  }
  testing::check_golden(testdata + "topology-refusals.txt", refusals);
}

TEST_CASE("A topology arrives as it was written, with its defaults") {
  const Topology topology = parse_topology("small.toml", small()).value();
  CHECK(topology.name == "small");
  CHECK(topology.timing == "fast");
  CHECK(topology.volume_mib == 64);
  REQUIRE(topology.links.size() == 4);
  CHECK(describe(topology.links[0].first_to_second) == "delay 3.5 ms ± 0.2 ms, loss 0.1 %");
  CHECK(topology.links[0].first_to_second == topology.links[0].second_to_first);
  CHECK(topology.links[3].first == SiteId("a"));  // written as ["b", "a"]
  REQUIRE(topology.vms.size() == 2);
  CHECK(topology.vms[0].priority == 50);
  CHECK(topology.vms[1].priority == 1);
  CHECK(topology.vms[0].memory_mib == 96);
  CHECK(topology.vms[1].memory_mib == 128);
  CHECK(topology.vms[0].write_interval == std::chrono::milliseconds(200));
}

TEST_CASE("Sites are in the order of their roles, whatever the order in the file") {
  std::string text = small();
  const std::string primary = "[[site]]\nname = \"a\"\nrole = \"primary\"\n";
  text.erase(text.find(primary), primary.size());
  const Topology topology = parse_topology("small.toml", text + "\n" + primary).value();
  REQUIRE(topology.sites.size() == 3);
  CHECK(topology.sites[0].name == SiteId("a"));
  CHECK(topology.sites[1].name == SiteId("b"));
  CHECK(topology.sites[2].name == SiteId("w"));
}

TEST_CASE("A topology that cannot be read is not the file's mistake") {
  const auto topology = load_topology("/nonexistent/topology.toml");
  REQUIRE(topology.has_error());
  CHECK(topology.error().kind == ErrorKind::Unavailable);
  CHECK(topology.error().message() ==
        "could not load topology /nonexistent/topology.toml: No such file or directory");
}

TEST_CASE("Rules between VMs, migration modes and the cluster's error handling have a home") {
  std::string text = small();
  const auto replace = [&](const std::string& piece, const std::string& by) {
    const auto at = text.find(piece);
    REQUIRE(at != std::string::npos);
    text.replace(at, piece.size(), by);
  };
  replace("dead_spm", "on_error = \"migrate_highly_available\"\ndead_spm");
  replace("priority = 50", "migration = \"user_migratable\"");
  replace("memory_mib = 128", "write_interval_ms = 500\nmigration = \"pinned\"");
  text +=
      "\n[[affinity_group]]\nname = \"pair\"\nvms = [\"vm-1\", \"vm-2\"]\n"
      "vms_rule = \"negative\"\nvms_enforcing = true\npriority = 2.5\n";
  const Topology topology = parse_topology("small.toml", text).value();
  CHECK(topology.on_error == OnHostError::MigrateHighlyAvailable);
  CHECK(topology.vms[0].migration == MigrationMode::UserMigratable);
  CHECK(topology.vms[1].migration == MigrationMode::Pinned);
  CHECK(topology.vms[1].write_interval == std::chrono::milliseconds(500));
  REQUIRE(topology.affinity_groups.size() == 2);
  CHECK(topology.affinity_groups[0].vms_rule == VmsRule::None);
  const AffinityGroupConfig& pair = topology.affinity_groups[1];
  CHECK(pair.vms_rule == VmsRule::Negative);
  CHECK(pair.vms_enforcing);
  CHECK(pair.hosts.empty());
  CHECK(pair.priority == 2.5);
}

}  // namespace
}  // namespace splitsite
