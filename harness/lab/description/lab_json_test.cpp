#include <fstream>
#include <sstream>

#include "harness/lab/description/lab_config.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

const std::string example =
    SPLITSITE_SOURCE_DIR "/harness/lab/description/testdata/stretch-standalone.lab.json";

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// What the reader says about the example with one piece of text replaced.
std::string complaint(const std::string& piece, const std::string& replacement) {
  std::string text = text_of(example);
  const auto at = text.find(piece);
  REQUIRE(at != std::string::npos);
  text.replace(at, piece.size(), replacement);
  const auto config = lab_config_from_json(text);
  REQUIRE(config.has_error());
  CHECK(config.error().kind == ErrorKind::Invalid);
  return config.error().message();
}

TEST_CASE("A lab description survives the way to its node byte for byte") {
  const auto config = read_lab_config(example);
  REQUIRE(config.has_value());
  CHECK(to_json(config.value()) == text_of(example));
}

TEST_CASE("A default description survives too, empty lists included") {
  const std::string text = to_json(LabConfig{});
  const auto config = lab_config_from_json(text);
  REQUIRE(config.has_value());
  CHECK(to_json(config.value()) == text);
}

TEST_CASE("A description of before guests had a rhythm of their own can still be read") {
  std::string text = text_of(example);
  const std::string key = "      \"write_interval_ms\": 200,\n";
  REQUIRE(text.find(key) != std::string::npos);
  for (auto at = text.find(key); at != std::string::npos; at = text.find(key))
    text.erase(at, key.size());
  const auto config = lab_config_from_json(text);
  REQUIRE(config.has_value());
  CHECK(to_json(config.value()) == text_of(example));
}

TEST_CASE("Members arrive where they belong") {
  const LabConfig lab = read_lab_config(example).value();
  const NodeConfig* host = lab.find_node(NodeId("host-b1"));
  REQUIRE(host != nullptr);
  CHECK(host->site_address() == "10.77.0.21");
  CHECK(host->replication_address().empty());
  CHECK(host->host_id == 3);
  CHECK(host->spm_priority == 5);
  CHECK(lab.links.front().first_to_second.delay == std::chrono::milliseconds(1));
  CHECK(lab.timing.host_dead_after() == std::chrono::seconds(84));
  CHECK(lab.find_vm(VmId("vm-5"))->lease == false);
  CHECK(lab.find_vm(VmId("vm-6")) == nullptr);
  CHECK(lab.hosts_of(SiteId("a")) == std::vector{NodeId("host-a1"), NodeId("host-a2")});
  CHECK(lab.nodes_of(SiteId("b")) ==
        std::vector{NodeId("host-b1"), NodeId("host-b2"), NodeId("sto-b")});
  CHECK(lab.site_with(SiteRole::Secondary) == SiteId("b"));
}

TEST_CASE("An unknown key is refused, with its place") {
  CHECK(complaint("\"vcpus\": 1,", "\"vcpus\": 1, \"cpus\": 2,") ==
        "could not read the lab description: nodes[0].cpus is not a known key");
}

TEST_CASE("A missing key is refused, with its place") {
  CHECK(complaint("\"vds_heartbeat_ms\": 9000,", "") ==
        "could not read the lab description: timing.vds_heartbeat_ms is missing");
}

TEST_CASE("A wrong type is refused") {
  CHECK(complaint("\"host_id\": 1,", "\"host_id\": \"1\",") ==
        "could not read the lab description: nodes[0].host_id is not a whole number");
  CHECK(complaint("\"delay_us\": 1000", "\"delay_us\": 0.5") ==
        "could not read the lab description: links[0].first_to_second.delay_us is not a whole "
        "number");
  CHECK(complaint("\"lease\": true", "\"lease\": 1") ==
        "could not read the lab description: vms[0].lease is not true or false");
  CHECK(complaint("\"site\": \"a\"", "\"site\": null") ==
        "could not read the lab description: nodes[0].site is not text");
}

TEST_CASE("A word out of its set and a number out of its range are refused") {
  CHECK(complaint("\"role\": \"third\"", "\"role\": \"tertiary\"") ==
        "could not read the lab description: sites[2].role is not one of its words");
  CHECK(complaint("\"manager_port\": 443", "\"manager_port\": 65536") ==
        "could not read the lab description: manager_port is out of range");
  CHECK(complaint("\"vds_heartbeat_ms\": 9000", "\"vds_heartbeat_ms\": -1") ==
        "could not read the lab description: timing.vds_heartbeat_ms is not a time between 0 and "
        "a day");
}

TEST_CASE("What is no JSON object is refused, and so is a file that is not there") {
  CHECK(lab_config_from_json("[]").has_error());
  CHECK(lab_config_from_json("{").has_error());
  CHECK(read_lab_config("/nonexistent/lab.json").error().message() ==
        "could not read the lab description /nonexistent/lab.json: No such file or directory");
}

}  // namespace
}  // namespace splitsite
