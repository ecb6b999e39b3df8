#include "topologies/reference/manager/api/document.hpp"

#include <nlohmann/json.hpp>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/api/object_id.hpp"

using namespace splitsite::reference;
using namespace std::chrono;

namespace {

nlohmann::json json_of(const char* xml) {
  pugi::xml_document document;
  REQUIRE(document.load_string(xml));
  return nlohmann::json::parse(to_json(document.document_element()));
}

}  // namespace

TEST_CASE("JSON quotes booleans and integers, and prints dates as milliseconds") {
  const auto json = json_of(
      "<vm href='/vms/1' id='1'><name>x</name><memory>96</memory><lease/>"
      "<high_availability><enabled>true</enabled></high_availability>"
      "<start_time>2016-09-08T07:53:35.138Z</start_time></vm>");
  CHECK(json["id"] == "1");
  CHECK(json["memory"] == "96");
  CHECK(json["high_availability"]["enabled"] == "true");
  CHECK(json["start_time"] == 1473321215138);
  CHECK(json["lease"].empty());
}

TEST_CASE("JSON has an array wherever XML repeats, even for one, and none for an empty list") {
  CHECK(json_of("<vms><vm id='1'/></vms>").dump() == R"({"vm":[{"id":"1"}]})");
  CHECK(json_of("<vms/>").dump() == "{}");
  const auto host = json_of("<host><link rel='nics' href='/n'/><cluster id='c'/></host>");
  CHECK(host["link"][0]["rel"] == "nics");
  CHECK(host["cluster"]["id"] == "c");
  CHECK(json_of("<summary><vms><total>4</total></vms></summary>")["vms"]["total"] == "4");
}

TEST_CASE("a JSON body becomes the tree its XML would be") {
  const auto body =
      read_body(R"({"host":{"id":"7","name":"a"},"force":true,"n":5})", true, "action");
  REQUIRE(body);
  const pugi::xml_node action = body.value().child("action");
  CHECK(std::string(action.child("host").attribute("id").value()) == "7");
  CHECK(std::string(action.child("host").child("name").text().get()) == "a");
  CHECK(std::string(action.child("force").text().get()) == "true");
  CHECK(action.child("n").text().as_int() == 5);
}

TEST_CASE("an empty body is an empty document; neither XML nor JSON is refused") {
  CHECK_FALSE(read_body(" \n", false, "action").value().document_element());
  CHECK_FALSE(read_body("<action>", false, "action"));
  CHECK_FALSE(read_body("[1]", true, "action"));
  CHECK_FALSE(read_body("nonsense", true, "action"));
  std::string deep = "1";
  for (int i = 0; i < 100; ++i) deep = "{\"a\":" + deep + "}";
  CHECK_FALSE(read_body(deep, true, "action"));
}

TEST_CASE("times are printed with milliseconds and read back") {
  const auto time = sys_days(2026y / November / 21) + 9h + 5s + 7ms;
  CHECK(format_time(time) == "2026-11-21T09:00:05.007Z");
  CHECK(milliseconds_since_1970(format_time(time)) ==
        duration_cast<milliseconds>(time.time_since_epoch()).count());
  CHECK(milliseconds_since_1970("yesterday") == 0);
}

TEST_CASE("ids are UUIDs of version 5, stable, and different by kind and name") {
  const std::string id = object_id("host", "host-a1");
  CHECK(id == object_id("host", "host-a1"));
  CHECK(id != object_id("vm", "host-a1"));
  CHECK(id != object_id("host", "host-a2"));
  REQUIRE(id.size() == 36);
  CHECK(id[14] == '5');
  CHECK(std::string("89ab").find(id[19]) != std::string::npos);
}
