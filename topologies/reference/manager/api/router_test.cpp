// The API's answers byte by byte against testdata/, where each file was compared with
// ovirt-engine-api-model by hand; and the paths by which requests are refused. To accept a wanted
// change, run this program with SPLITSITE_RECORD=1 and read the difference.
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/api/api_fixture.hpp"

using namespace splitsite;
using namespace splitsite::reference;

namespace {

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

}  // namespace

TEST_CASE("XML and JSON of every resource are as recorded") {
  const Api api;
  const std::string steps = "/jobs/" + object_id("job", "1") + "/steps";
  const std::vector<std::pair<std::string, std::string>> resources = {
      {"api", ""},
      {"hosts", "/hosts"},
      {"vms", "/vms"},
      {"vm", vm_2},
      {"clusters", "/clusters"},
      {"affinity_groups", groups},
      {"group_vms", primary + "/vms"},
      {"scheduling_policies", "/schedulingpolicies"},
      {"data_centers", "/datacenters"},
      {"storage_domains", center + "/storagedomains"},
      {"events", "/events"},
      {"jobs", "/jobs"},
      {"steps", steps},
      {"users", "/users"},
      {"option", "/options/UserSessionTimeOutInterval"}};
  for (const auto& [name, path] : resources) {
    check_golden(name + ".xml", api.get(path));
    check_golden(name + ".json", api.get(path, {}, Media::Json));
  }
  CHECK(api.get("/hosts").content_type == "application/xml;charset=UTF-8");
  CHECK(api.get("/hosts", {}, Media::Json).content_type == "application/json");
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
  for (const std::string path : {"/hosts", "/vms", "/clusters", "/datacenters", "/events",
                                 "/storagedomains", "/jobs", "/schedulingpolicies", "/users"}) {
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

TEST_CASE("max, search and from narrow what is shown") {
  const Api api;
  CHECK(count(api.get("/vms", {{"max", "1"}}).body, "<vm ") == 1);
  CHECK(count(api.get("/vms", {{"search", "name=VM-2"}}).body, "<vm ") == 1);
  CHECK(count(api.get("/vms", {{"search", "host.name=host-b1"}}).body, "<vm ") == 1);
  CHECK(count(api.get("/vms", {{"search", "status != up and cluster=Default"}}).body, "<vm ") == 2);
  CHECK(count(api.get("/vms", {{"search", "page 2"}}).body, "<vm ") == 0);
  CHECK(has(api.get("/events", {{"from", "1"}}).body, "<code>142</code>"));
  CHECK_FALSE(has(api.get("/events", {{"from", "1"}}).body, "<code>204</code>"));
  CHECK(count(api.get("/events", {{"search", "severity=warning"}}).body, "<event ") == 1);
  CHECK(count(api.get("/events", {{"search", "correlation_id=drill-7"}}).body, "<event ") == 1);
  CHECK(count(api.get("/jobs", {{"search", "correlation_id=drill-7"}}).body, "<job ") == 1);
  CHECK(count(api.get("/jobs", {{"search", "correlation_id=other"}}).body, "<job ") == 0);
}

TEST_CASE("7.2 a status is searched for by the engine's name of it, without underscores") {
  Api api;
  const auto hosts = [&](const std::string& search) {
    return count(api.get("/hosts", {{"search", search}}).body, "<host ");
  };
  CHECK(hosts("status=nonresponsive") == 1);
  CHECK(hosts("status=NonResponsive and name=host-a1") == 1);
  CHECK(hosts("status!=nonresponsive") == 1);
  api.manager.change([](ClusterState& state) {
    state.pool.status = DataCenterStatus::Problematic;
    state.vms[VmId("vm-2")].status = VmStatus::Migrating;
  });
  CHECK(count(api.get("/vms", {{"search", "status=migratingfrom"}}).body, "<vm ") == 1);
  CHECK(has(api.get("/datacenters", {{"search", "status=nonresponsive"}}).body, "problematic"));
}

TEST_CASE("7.2 today is the day of the engine's clock") {
  const Api api;
  CHECK(count(api.get("/events", {{"search", "time>=today"}}).body, "<event ") == 2);
  CHECK(count(api.get("/events", {{"search", "time=yesterday"}}).body, "<event ") == 0);
}

TEST_CASE("7.8 domains are searched by a status that the top-level collection does not show") {
  const Api api;
  const auto domains = [&](const std::string& search) {
    return count(api.get("/storagedomains", {{"search", search}}).body, "<storage_domain ");
  };
  CHECK(domains("status=active") == 1);
  CHECK(domains("status=inactive") == 0);
}

TEST_CASE("7.3 a host in maintenance, or on its way, tells the user's reason (HostMapper)") {
  Api api;
  api.manager.change([](ClusterState& state) {
    state.hosts[NodeId("host-b1")].maintenance_reason = "new disks";
    state.hosts[NodeId("host-a1")].status_detail = "storage_domain_unreachable";
  });
  const std::string reason = "<status_detail>new disks</status_detail>";
  CHECK_FALSE(has(api.get(host_b1).body, reason));
  for (const HostStatus status : {HostStatus::PreparingForMaintenance, HostStatus::Maintenance}) {
    api.manager.change([&](ClusterState& state) {
      for (auto& [name, host] : state.hosts) host.status = status;
    });
    CHECK(has(api.get(host_b1).body, reason));
    CHECK_FALSE(has(api.get(host_a1).body, "status_detail"));
  }
}

TEST_CASE("7.4 stop_reason is there when a user gave one (VmMapper)") {
  Api api;
  CHECK_FALSE(has(api.get(vm_2).body, "stop_reason"));
  api.manager.change([](ClusterState& s) { s.vms[VmId("vm-2")].stop_reason = "drill"; });
  CHECK(has(api.get(vm_2).body, "<stop_reason>drill</stop_reason>"));
}

TEST_CASE("7.6 a cluster has the scheduling policy none, under the id it has in every engine") {
  CHECK(has(Api().get(cluster).body,
            "<scheduling_policy href=\"/ovirt-engine/api/schedulingpolicies/"
            "b4ed2332-a7ac-4d5f-9596-99a439cb2812\" id=\"b4ed2332-a7ac-4d5f-9596-99a439cb2812\""));
  const std::string policy = "/schedulingpolicies/b4ed2332-a7ac-4d5f-9596-99a439cb2812";
  CHECK(has(Api().get(policy).body, "<name>none</name>"));
  CHECK(has(Api().get(policy + "/clusters").body, "<cluster "));
  CHECK(has(Api().get(cluster, {{"follow", "scheduling_policy"}}).body, "<name>none</name>"));
  CHECK(Api().get("/schedulingpolicies/" + object_id("cluster", "Default") + "/clusters").status ==
        404);
}

TEST_CASE("oVirt ignores a max that is no number, and refuses a search it cannot understand") {
  const Api api;
  CHECK(count(api.get("/vms", {{"max", "many"}}).body, "<vm ") == 3);
  const ApiAnswer unknown_field = api.get("/vms", {{"search", "colour=red"}});
  CHECK(unknown_field.status == 400);
  CHECK(has(unknown_field.body, "<detail>INVALID_CONDITION_FILED</detail>"));
  CHECK(api.get("/vms", {{"search", "name="}}).status == 400);
  CHECK(api.get("/vms", {{"search", "page one"}}).status == 400);
}

TEST_CASE("7.3 the self-hosted engine's state is shown with all_content only") {
  const Api api;
  CHECK_FALSE(has(api.get("/hosts").body, "hosted_engine"));
  const std::string all = api.get("/hosts", {}).body;
  const ApiAnswer whole = api.router.answer({.path = "/hosts", .all_content = true});
  CHECK(count(whole.body, "<hosted_engine>") == 1);
  CHECK(has(whole.body, "<score>3400</score>"));
}

TEST_CASE("7.10 a configuration value is shown if it is not internal") {
  const Api api;
  const ApiAnswer limit = api.get("/options/UserSessionTimeOutInterval");
  CHECK(limit.status == 200);
  CHECK(has(limit.body, "<value>30</value>"));
  CHECK(api.get("/options/VdsRefreshRate").status == 404);
  CHECK(api.get("/options/Nonsense").status == 404);
  CHECK(api.get("/options").status == 404);
}

TEST_CASE("what does not exist is 404 without a body, as in oVirt") {
  const Api api;
  for (const std::string path :
       {"/hosts/none", "/unicorns", "/unicorns/1", "/vms/x/y/z", "/datacenters/x/storagedomains",
        "/hosts/00000000-1111-2222-3333-444444444444", "/jobs/1/steps",
        "/clusters/1/affinitygroups"}) {
    INFO(path);
    const ApiAnswer answer = api.get(path);
    CHECK(answer.status == 404);
    CHECK(answer.body.empty());
  }
}

TEST_CASE("a method that is not served is 405 with the ones that are; OPTIONS asks for them") {
  const Api api;
  const ApiAnswer refused = api.send("DELETE", host_a1, "");
  CHECK(refused.status == 405);
  CHECK(refused.headers.front() ==
        std::pair<std::string, std::string>("Allow", "GET, PUT, HEAD, OPTIONS"));
  CHECK(api.send("POST", "/hosts", "<host/>").status == 405);
  CHECK(api.send("POST", "", "").status == 405);
  CHECK(api.send("GET", host_a1 + "/activate", "").status == 405);
  const ApiAnswer asked = api.send("OPTIONS", "/events", "");
  CHECK(asked.status == 200);
  CHECK(asked.headers.front().second == "GET, POST, HEAD, OPTIONS");
}

TEST_CASE("a media type that is not written is 406, one that is not read is 415") {
  const Api api;
  CHECK(api.router.answer({.path = "/hosts", .answer_media = std::nullopt}).status == 406);
  CHECK(api.router.answer({.method = "PUT", .path = host_a1, .body = "<host/>", .body_media = {}})
            .status == 415);
}

TEST_CASE("the root's links are in a header too, and a plain user sees no summary") {
  const Api api;
  const ApiAnswer root = api.get("");
  REQUIRE(root.headers.size() == 1);
  CHECK(root.headers[0].first == "Link");
  CHECK(has(root.headers[0].second, "</ovirt-engine/api/vms>; rel=vms"));
  CHECK(has(root.body, "<summary>"));
  CHECK_FALSE(has(api.router.answer({.path = "", .filtered = true}).body, "<summary>"));
}
