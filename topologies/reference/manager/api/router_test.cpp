// The API's answers byte by byte against testdata/, where each file was compared with
// ovirt-engine-api-model by hand; and the paths by which requests are refused. To accept a wanted
// change, run this program with SPLITSITE_RECORD=1 and read the difference.
#include "topologies/reference/manager/api/router.hpp"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/api/fake_manager.hpp"
#include "topologies/reference/manager/api/object_id.hpp"

using namespace splitsite;
using namespace splitsite::reference;
using namespace std::chrono_literals;

namespace {

// The fixture's clock zero is 2026-03-01 12:00:00 UTC.
TimeBase fixed_time() {
  using namespace std::chrono;
  return {Instant(0s), sys_days(2026y / March / 1) + 12h};
}

struct Api {
  FakeManager manager;
  Router router{manager, &fixed_time};

  ApiAnswer get(const std::string& path, QueryParameters query = {}, bool json = false) const {
    return router.answer({.path = path, .query = std::move(query), .wants_json = json});
  }
  ApiAnswer send(const std::string& method, const std::string& path, const std::string& body,
                 bool json = false) const {
    return router.answer(
        {.method = method, .path = path, .body = body, .body_is_json = json, .wants_json = json});
  }
};

void check_golden(const std::string& name, const ApiAnswer& answer) {
  INFO(name);
  const std::string path =
      SPLITSITE_SOURCE_DIR "/topologies/reference/manager/api/testdata/" + name;
  if (std::getenv("SPLITSITE_RECORD") != nullptr) std::ofstream(path) << answer.body;
  std::ifstream file(path);
  std::ostringstream wanted;
  wanted << file.rdbuf();
  CHECK(answer.status == 200);
  CHECK(answer.body == wanted.str());
}

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

const std::string host_a1 = "/hosts/" + object_id("host", "host-a1");
const std::string vm_2 = "/vms/" + object_id("vm", "vm-2");
const std::string groups = "/clusters/" + object_id("cluster", "Default") + "/affinitygroups";
const std::string center = "/datacenters/" + object_id("data_center", "Default");

}  // namespace

TEST_CASE("XML and JSON of every resource are as recorded") {
  const Api api;
  check_golden("api.xml", api.get(""));
  check_golden("hosts.xml", api.get("/hosts"));
  check_golden("vms.xml", api.get("/vms"));
  check_golden("clusters.xml", api.get("/clusters"));
  check_golden("affinity_groups.xml", api.get(groups));
  check_golden("data_centers.xml", api.get("/datacenters"));
  check_golden("storage_domains.xml", api.get(center + "/storagedomains"));
  check_golden("events.xml", api.get("/events"));
  check_golden("hosts.json", api.get("/hosts", {}, true));
  check_golden("vm.json", api.get(vm_2, {}, true));
  check_golden("affinity_groups.json", api.get(groups, {}, true));
  check_golden("events.json", api.get("/events", {}, true));
  CHECK(api.get("/hosts").content_type == "application/xml");
  CHECK(api.get("/hosts", {}, true).content_type == "application/json");
}

TEST_CASE("a golden file that differs is noticed") {
  const Api api;
  FakeManager changed;
  changed.change([](ClusterState& state) { state.hosts[NodeId("host-b1")].spm_priority = 6; });
  const Router router(changed, &fixed_time);
  CHECK(router.answer({.path = "/hosts"}).body != api.get("/hosts").body);
}

TEST_CASE("a single object is the collection's element, with the same href and id") {
  const Api api;
  for (const char* path :
       {"/hosts", "/vms", "/clusters", "/datacenters", "/events", "/storagedomains"}) {
    const std::string all = api.get(path).body;
    const auto begin = all.find("href=\"" + std::string(api_root) + path + "/") + 6;
    REQUIRE(begin > 6);
    const std::string href = all.substr(begin, all.find('"', begin) - begin);
    const ApiAnswer one = api.get(href.substr(std::string(api_root).size()));
    CHECK(one.status == 200);
    CHECK(one.body.find("href=\"" + href + "\"") != std::string::npos);
  }
  const ApiAnswer group = api.get(groups + "/" + object_id("affinity_group", "primary-site"));
  CHECK(group.body.find("<name>primary-site</name>") != std::string::npos);
}

TEST_CASE("members of an affinity group are a collection of their own") {
  const Api api;
  const std::string group = groups + "/" + object_id("affinity_group", "primary-site");
  CHECK(count(api.get(group + "/vms").body, "<vm ") == 2);
  CHECK(count(api.get(group + "/hosts").body, "<host ") == 1);
  CHECK(api.get(group + "/colours").status == 404);
}

TEST_CASE("an attached storage domain shows its status in its data center only") {
  const Api api;
  CHECK(api.get(center + "/storagedomains").body.find("<status>active</status>") !=
        std::string::npos);
  CHECK(api.get("/storagedomains").body.find("<status>") == std::string::npos);
}

TEST_CASE("max, search, from and follow narrow and widen what is shown") {
  const Api api;
  CHECK(count(api.get("/vms", {{"max", "1"}}).body, "<vm ") == 1);
  CHECK(count(api.get("/vms", {{"search", "name=VM-2"}}).body, "<vm ") == 1);
  CHECK(api.get("/events", {{"from", "1"}}).body.find("<code>142</code>") != std::string::npos);
  CHECK(api.get("/events", {{"from", "1"}}).body.find("<code>204</code>") == std::string::npos);
  const std::string followed = api.get(vm_2, {{"follow", "host"}}).body;
  CHECK(followed.find("<name>host-b1</name>") != std::string::npos);
  CHECK(api.get("/clusters", {{"follow", "affinity_groups"}}).body.find("primary-site") !=
        std::string::npos);
  CHECK(api.get("/vms", {{"max", "many"}}).status == 400);
  CHECK(api.get("/vms", {{"search", "up"}}).status == 400);
}

TEST_CASE("what does not exist is a 404 with a fault") {
  const Api api;
  for (const std::string path :
       {"/hosts/none", "/unicorns", "/unicorns/1", "/vms/x/y/z", "/datacenters/x/storagedomains"}) {
    const ApiAnswer answer = api.get(path);
    CHECK(answer.status == 404);
    CHECK(answer.body.find("<reason>Operation Failed</reason>") != std::string::npos);
  }
  CHECK(api.send("POST", "/hosts/none/activate", "<action/>").status == 404);
  CHECK(api.send("POST", host_a1 + "/dance", "<action/>").status == 404);
  CHECK(api.send("PUT", "/vms/none", "<vm/>").status == 404);
  const auto fault = nlohmann::json::parse(api.get("/hosts/none", {}, true).body);
  CHECK(fault["reason"] == "Operation Failed");
}

TEST_CASE("other methods are refused") {
  const Api api;
  CHECK(api.send("DELETE", host_a1, "").status == 405);
  CHECK(api.send("POST", "/hosts", "<host/>").status == 405);
  CHECK(api.send("POST", "", "").status == 405);
  CHECK(api.send("PUT", "/clusters/1", "").status == 405);
}

TEST_CASE("actions take XML, JSON or nothing, and name hosts by id or name") {
  Api api;
  const std::string id = object_id("host", "host-a1");
  CHECK(api.send("POST", vm_2 + "/migrate", "<action><host id=\"" + id + "\"/></action>").body ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<action>\n"
        "    <status>complete</status>\n</action>\n");
  CHECK(api.manager.last<MigrateVm>().host == NodeId("host-a1"));
  CHECK(api.send("POST", vm_2 + "/migrate", "").status == 200);
  CHECK_FALSE(api.manager.last<MigrateVm>().host);
  CHECK(api.send("POST", vm_2 + "/migrate", R"({"host":{"name":"host-b1"}})", true).status == 200);
  CHECK(api.manager.last<MigrateVm>().host == NodeId("host-b1"));
  const std::string start =
      "<action><vm><placement_policy><hosts><host><name>host-b1</name></host></hosts>"
      "</placement_policy></vm></action>";
  CHECK(api.send("POST", vm_2 + "/start", start).status == 200);
  CHECK(api.manager.last<StartVm>().host == NodeId("host-b1"));
  CHECK(api.send("POST", vm_2 + "/stop", "<action/>").status == 200);
  CHECK(api.manager.last<StopVm>().vm == VmId("vm-2"));
  CHECK(
      api.send("POST", host_a1 + "/deactivate", "<action><reason>drill</reason></action>").status ==
      200);
  CHECK(api.manager.last<DeactivateHost>().reason == "drill");
}

TEST_CASE("bodies that make no sense are refused before the Manager sees them") {
  Api api;
  CHECK(api.send("POST", vm_2 + "/start", "<action").status == 400);
  CHECK(api.send("POST", vm_2 + "/start", "{", true).status == 400);
  CHECK(api.send("POST", vm_2 + "/start", "<vm/>").status == 400);
  CHECK(api.send("POST", vm_2 + "/migrate", "<action><host id=\"none\"/></action>").status == 400);
  CHECK(api.manager.count() == 0);
}

TEST_CASE("fence confirms a reboot by hand and knows no power management") {
  Api api;
  const auto fence = [&](const std::string& type) {
    return api.send("POST", host_a1 + "/fence",
                    "<action><fence_type>" + type + "</fence_type></action>");
  };
  CHECK(fence("manual").status == 200);
  CHECK(api.manager.last<ConfirmHostRebooted>().host == NodeId("host-a1"));
  CHECK(fence("restart").status == 409);
  CHECK(fence("explode").status == 400);
  CHECK(fence("").status == 400);
  CHECK(api.manager.count() == 1);
}

TEST_CASE("PUT changes the SPM priority, accepts what already is, refuses what cannot be changed") {
  Api api;
  const ApiAnswer changed =
      api.send("PUT", host_a1, "<host><spm><priority>3</priority></spm></host>");
  CHECK(changed.status == 200);
  CHECK(changed.body.find("<priority>3</priority>") != std::string::npos);
  CHECK(api.manager.last<SetSpmPriority>().priority == 3);
  CHECK(api.send("PUT", host_a1, "<host/>").status == 200);
  CHECK(api.send("PUT", vm_2,
                 "<vm><high_availability><enabled>true</enabled></high_availability></vm>")
            .status == 200);
  CHECK(api.manager.count() == 1);
  CHECK(api.send("PUT", vm_2,
                 "<vm><high_availability><enabled>false</enabled></high_availability></vm>")
            .status == 409);
  CHECK(api.send("PUT", vm_2, "<vm><lease/></vm>").status == 409);
}

TEST_CASE("a posted event is a marker with oVirt's code for external events") {
  Api api;
  const ApiAnswer added = api.send("POST", "/events",
                                   "<event><description>cut begins</description><severity>warning"
                                   "</severity><origin>splitsite</origin><custom_id>7</custom_id>"
                                   "</event>");
  CHECK(added.status == 201);
  CHECK(added.body.find("<description>cut begins</description>") != std::string::npos);
  CHECK(added.body.find("<index>3</index>") != std::string::npos);
  CHECK(api.manager.last<AddEvent>().code == 9802);
  CHECK(api.send("POST", "/events", "<event><severity>alert</severity></event>").status == 400);
}

TEST_CASE("the Manager's own refusals and its stopping become faults") {
  Api api;
  api.manager.reply_with({409, "Operation Failed", "[Cannot run VM. VM is running.]"});
  const ApiAnswer refused = api.send("POST", vm_2 + "/start", "");
  CHECK(refused.status == 409);
  CHECK(refused.body ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<fault>\n"
        "    <detail>[Cannot run VM. VM is running.]</detail>\n"
        "    <reason>Operation Failed</reason>\n</fault>\n");
  api.manager.stop_taking_commands();
  CHECK(api.send("POST", vm_2 + "/start", "").status == 503);
}
