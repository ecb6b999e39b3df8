// POST and PUT: which commands they become, and what is refused without changing anything.
#include <nlohmann/json.hpp>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/api/api_fixture.hpp"

using namespace splitsite;
using namespace splitsite::reference;

TEST_CASE("actions take XML, JSON or nothing, and name hosts by id or name") {
  Api api;
  const std::string id = object_id("host", "host-a1");
  CHECK(api.send("POST", vm_2 + "/migrate", "<action><host id=\"" + id + "\"/></action>").body ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<action>\n"
        "    <status>complete</status>\n</action>\n");
  CHECK(api.manager.last<MigrateVm>().host == NodeId("host-a1"));
  CHECK(api.send("POST", vm_2 + "/migrate", "").status == 200);
  CHECK_FALSE(api.manager.last<MigrateVm>().host);
  CHECK(api.send("POST", vm_2 + "/migrate", R"({"host":{"name":"host-b1"}})", Media::Json).status ==
        200);
  CHECK(api.manager.last<MigrateVm>().host == NodeId("host-b1"));
  const std::string start =
      "<action><vm><placement_policy><hosts><host><name>host-b1</name></host></hosts>"
      "</placement_policy></vm></action>";
  CHECK(api.send("POST", vm_2 + "/start", start).status == 200);
  CHECK(api.manager.last<StartVm>().host == NodeId("host-b1"));
  CHECK(api.send("POST", vm_2 + "/stop", "<action/>").status == 200);
  CHECK(api.manager.last<StopVm>().vm == VmId("vm-2"));
  CHECK(api.manager.last<StopVm>().reason.empty());
  const std::string over = "<action><reason>over</reason></action>";
  CHECK(api.send("POST", vm_2 + "/stop", over).status == 200);
  CHECK(api.manager.last<StopVm>().reason == "over");
  CHECK(api.send("POST", vm_2 + "/shutdown", over).status == 200);
  CHECK(api.manager.last<ShutdownVm>().reason == "over");
  CHECK(
      api.send("POST", host_a1 + "/deactivate", "<action><reason>drill</reason></action>").status ==
      200);
  CHECK(api.manager.last<DeactivateHost>().reason == "drill");
}

TEST_CASE("7.4 a VM is rebooted, and its migration cancelled") {
  Api api;
  CHECK(api.send("POST", vm_2 + "/reboot", "<action/>").status == 200);
  CHECK(api.manager.last<RebootVm>().vm == VmId("vm-2"));
  CHECK(api.send("POST", vm_2 + "/cancelmigration", "<action/>").status == 200);
  CHECK(api.manager.last<CancelMigration>().vm == VmId("vm-2"));
}

TEST_CASE("who asks and the correlation id go with the command; the answer names its job") {
  Api api;
  api.manager.reply_with({.job = 1});
  const ApiAnswer answer = api.send("POST", host_b1 + "/activate", "<action/>");
  CHECK(api.manager.context().correlation_id == "drill-7");
  CHECK(api.manager.context().user == "admin@internal-authz");
  const std::string job = object_id("job", "1");
  CHECK(has(answer.body, "<job href=\"/ovirt-engine/api/jobs/" + job + "\" id=\"" + job + "\" />"));
}

TEST_CASE("async=true answers at once that the work goes on, whatever becomes of it") {
  Api api;
  api.manager.reply_with({409, "Operation Failed", "[Cannot run VM. VM is running.]"});
  const ApiAnswer answer =
      api.router.answer({.method = "POST", .path = vm_2 + "/start", .query = {{"async", "true"}}});
  CHECK(answer.status == 202);
  CHECK(has(answer.body, "<status>in_progress</status>"));
}

TEST_CASE("a body that cannot be read is 400 and never reaches the Manager") {
  Api api;
  for (const std::string body : {"<action", "<vm/>", "nonsense"}) {
    const ApiAnswer answer = api.send("POST", vm_2 + "/start", body);
    CHECK(answer.status == 400);
    CHECK(has(answer.body, "<reason>Request syntactically incorrect.</reason>"));
  }
  CHECK(api.send("POST", vm_2 + "/start", "{", Media::Json).status == 400);
  CHECK(api.manager.count() == 0);
}

TEST_CASE("an action on what does not exist is refused: 404 for no id, 400 for nobody's") {
  Api api;
  CHECK(api.send("POST", "/hosts/none/activate", "<action/>").status == 404);
  const ApiAnswer nobody = api.send("POST", "/vms/" + unknown_id + "/start", "<action/>");
  CHECK(nobody.status == 400);
  CHECK(has(nobody.body, "<detail>[Cannot start VM. VM does not exist.]</detail>"));
  CHECK(api.send("POST", host_a1 + "/dance", "<action/>").status == 404);
  CHECK(api.send("PUT", "/vms/" + unknown_id, "<vm/>").status == 404);
  const ApiAnswer target = api.send("POST", vm_2 + "/migrate", "<action><host id=\"x\"/></action>");
  CHECK(target.status == 404);
  CHECK(has(target.body, "<detail>Entity not found: x</detail>"));
  CHECK(api.manager.count() == 0);
}

TEST_CASE("refresh has nothing to order; it needs a host that can be reached") {
  Api api;
  CHECK(api.send("POST", host_b1 + "/refresh", "<action/>").status == 200);
  CHECK(api.send("POST", host_a1 + "/refresh", "<action/>").status == 409);
  CHECK(api.manager.count() == 0);
}

TEST_CASE("7.7 finished tasks of a data center are cleaned: there are none") {
  Api api;
  CHECK(api.send("POST", center + "/cleanfinishedtasks", "<action/>").status == 200);
  CHECK(api.manager.count() == 1);
  api.manager.last<CleanFinishedTasks>();
  const ApiAnswer nobody =
      api.send("POST", "/datacenters/" + unknown_id + "/cleanfinishedtasks", "<action/>");
  CHECK(nobody.status == 400);
  CHECK(has(nobody.body, "<detail>[Data Center doesn't exist.]</detail>"));
  CHECK(api.send("POST", "/datacenters/none/cleanfinishedtasks", "<action/>").status == 404);
  CHECK(api.send("GET", center + "/cleanfinishedtasks", "").status == 405);
  CHECK(api.manager.count() == 1);
}

TEST_CASE("7.7 the only storage domain is the master already, and no other can become it") {
  Api api;
  const auto set = [&](const std::string& domain) {
    return api.send("POST", center + "/setmaster",
                    "<action><storage_domain" + domain + "</action>");
  };
  const std::string name = api.manager.snapshot().storage_domain;
  const std::string here = object_id("storage_domain", name);
  for (const std::string& domain :
       {" id=\"" + here + "\"/>", "><name>" + name + "</name></storage_domain>"}) {
    const ApiAnswer already = set(domain);
    CHECK(already.status == 409);
    CHECK(has(already.body,
              "<detail>[Cannot switch master storage domain. The storage domain is already the "
              "master storage domain.]</detail>"));
    CHECK(has(already.body, "<status>failed</status>"));
  }
  const ApiAnswer other = set(" id=\"" + unknown_id + "\"/>");
  CHECK(other.status == 409);
  CHECK(has(other.body, "The selected Storage Domain is not part of the Data Center."));
  CHECK(set(" id=\"x\"/>").status == 404);
  CHECK(set("><name>x</name></storage_domain>").status == 404);
  CHECK(set("/>").status == 400);
  CHECK(api.manager.count() == 0);
}

struct FenceApi : Api {
  ApiAnswer fence(const std::string& type, const std::string& more = "") {
    return send("POST", host_a1 + "/fence",
                "<action><fence_type>" + type + "</fence_type>" + more + "</action>");
  }
};

TEST_CASE("7.3 fence knows oVirt's five types, and no others") {
  FenceApi api;
  CHECK(api.fence("manual").status == 200);
  CHECK(api.manager.last<FenceHost>().host == NodeId("host-a1"));
  CHECK(api.manager.last<FenceHost>().type == FenceType::Manual);
  CHECK(api.fence("restart").status == 200);
  CHECK(api.manager.last<FenceHost>().type == FenceType::Restart);
  CHECK_FALSE(api.manager.last<FenceHost>().maintenance_after_restart);
  CHECK(
      api.fence("RESTART", "<maintenance_after_restart>true</maintenance_after_restart>").status ==
      200);
  CHECK(api.manager.last<FenceHost>().maintenance_after_restart);
  CHECK(api.fence("start").status == 200);
  CHECK(api.manager.last<FenceHost>().type == FenceType::Start);
  CHECK(api.fence("stop").status == 200);
  CHECK(api.manager.last<FenceHost>().type == FenceType::Stop);
  CHECK(has(api.fence("explode").body, "EXPLODE is not a member of FenceType"));
  CHECK(has(api.fence("").body, "<detail>Action [fenceType] required for fence</detail>"));
  CHECK(api.fence("").status == 400);
  CHECK(api.manager.count() == 5);
}

TEST_CASE(
    "7.3 a power status is shown in the action; one that is not known makes it a failed one") {
  FenceApi api;
  api.manager.reply_with({.power = PowerStatus::Off});
  const ApiAnswer off = api.fence("status");
  CHECK(off.status == 200);
  CHECK(has(off.body, "<status>complete</status>"));
  CHECK(has(off.body, "<power_management>\n        <status>off</status>"));
  api.manager.reply_with({.reason = "nobody knows", .power = PowerStatus::Unknown});
  const ApiAnswer unknown = api.fence("status");
  CHECK(unknown.status == 200);
  CHECK(has(unknown.body, "<status>failed</status>"));
  CHECK(has(unknown.body, "<reason>nobody knows</reason>"));
  CHECK_FALSE(has(unknown.body, "power_management"));
}

TEST_CASE("7.3 a fence that the Manager refuses is its fault, with oVirt's words") {
  FenceApi api;
  api.manager.reply_with({409, "Operation Failed", "[Host fence is disabled.]"});
  const ApiAnswer refused = api.fence("restart");
  CHECK(refused.status == 409);
  CHECK(has(refused.body, "<detail>[Host fence is disabled.]</detail>"));
}

TEST_CASE("PUT changes the SPM priority, accepts what already is, refuses what cannot be changed") {
  Api api;
  const ApiAnswer changed =
      api.send("PUT", host_a1, "<host><spm><priority>3</priority></spm></host>");
  CHECK(changed.status == 200);
  CHECK(has(changed.body, "<priority>3</priority>"));
  CHECK(api.manager.last<SetSpmPriority>().priority == 3);
  CHECK(api.send("PUT", host_a1, "<host><spm><priority>high</priority></spm></host>").status ==
        400);
  CHECK(api.send("PUT", host_a1, "<host/>").status == 200);
  const ApiAnswer address = api.send("PUT", host_a1, "<host><address>10.0.0.1</address></host>");
  CHECK(address.status == 409);
  CHECK(has(address.body, "[Cannot edit Host. The reference cluster cannot change address.]"));
  CHECK(api.manager.count() == 1);
}

TEST_CASE("7.3, 7.4 PUT passes over what oVirt only shows, not what it would change") {
  Api api;
  CHECK(api.send("PUT", vm_2,
                 "<vm><status>down</status><status_detail>eio</status_detail><start_time>"
                 "2026-01-01T00:00:00.000+00:00</start_time><stop_time>2026-01-01T00:00:00.000Z"
                 "</stop_time><stop_reason>x</stop_reason><host><name>host-a1</name></host></vm>")
            .status == 200);
  CHECK(api.send("PUT", host_a1,
                 "<host><status>up</status><spm><status>none</status></spm><type>ovirt_node</type>"
                 "<summary><active>9</active></summary></host>")
            .status == 200);
  const ApiAnswer type = api.send("PUT", vm_2, "<vm><type>server</type></vm>");
  CHECK(type.status == 409);
  CHECK(has(type.body, "[Cannot edit VM. The reference cluster cannot change type.]"));
  CHECK(api.send("PUT", host_a1, "<host><comment>x</comment></host>").status == 409);
  CHECK(api.manager.count() == 0);
}

TEST_CASE("PUT of a whole object as it was read changes nothing, in XML and in JSON") {
  Api api;
  for (const std::string& path : {host_a1, vm_2, cluster}) {
    INFO(path);
    const ApiAnswer xml = api.send("PUT", path, api.get(path).body);
    CHECK(xml.status == 200);
    CHECK(xml.body == api.get(path).body);
    CHECK(api.send("PUT", path, api.get(path, {}, Media::Json).body, Media::Json).status == 200);
  }
  CHECK(api.manager.count() == 0);
}

TEST_CASE("7.9 a posted event is a marker with oVirt's code for external events") {
  Api api;
  const std::string vm = object_id("vm", "vm-2");
  const ApiAnswer added = api.send("POST", "/events",
                                   "<event><description>cut begins</description><severity>warning"
                                   "</severity><origin>splitsite</origin><custom_id>7</custom_id>"
                                   "<vm id=\"" +
                                       vm + "\"/></event>");
  CHECK(added.status == 201);
  CHECK(added.headers.front().second == "/ovirt-engine/api/events/3");
  CHECK(has(added.body, "<description>cut begins</description>"));
  CHECK(has(added.body, "<index>3</index>"));
  CHECK(has(added.body, "<origin>splitsite</origin>"));
  CHECK(has(added.body, "<custom_id>7</custom_id>"));
  CHECK(api.manager.last<AddEvent>().code == 9802);
  CHECK(api.manager.last<AddEvent>().vm == VmId("vm-2"));
}

TEST_CASE("7.9 an event lacks nothing that oVirt wants of it") {
  Api api;
  const ApiAnswer lacking =
      api.send("POST", "/events", "<event><severity>alert</severity></event>");
  CHECK(lacking.status == 400);
  CHECK(has(lacking.body, "<reason>Incomplete parameters</reason>"));
  CHECK(has(lacking.body, "Event [origin, customId, description] required for add"));
  CHECK(api.send("POST", "/events",
                 "<event><description>x</description><severity>loud</severity><origin>y</origin>"
                 "<custom_id>7</custom_id></event>")
            .status == 400);
  CHECK(api.manager.count() == 0);
}

TEST_CASE("7.2 what a command refuses is a failed action with its fault; its stopping is a fault") {
  Api api;
  api.manager.reply_with({409, "Operation Failed", "[Cannot run VM. VM is running.]"});
  const ApiAnswer refused = api.send("POST", vm_2 + "/start", "");
  CHECK(refused.status == 409);
  CHECK(refused.body ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<action>\n"
        "    <fault>\n        <detail>[Cannot run VM. VM is running.]</detail>\n"
        "        <reason>Operation Failed</reason>\n    </fault>\n"
        "    <status>failed</status>\n</action>\n");
  const auto json = nlohmann::json::parse(api.send("POST", vm_2 + "/start", "", Media::Json).body);
  CHECK(json["fault"]["reason"] == "Operation Failed");
  CHECK(json["status"] == "failed");
  api.manager.stop_taking_commands();
  const ApiAnswer stopping = api.send("POST", vm_2 + "/start", "");
  CHECK(stopping.status == 503);
  CHECK_FALSE(has(stopping.body, "<action>"));
}

TEST_CASE(
    "7.2 a command's refusal of nobody is a failed action, a mistake before it a bare fault") {
  Api api;
  CHECK(has(api.send("POST", "/vms/" + unknown_id + "/start", "").body, "<status>failed</status>"));
  CHECK(has(api.send("POST", host_a1 + "/refresh", "").body, "<status>failed</status>"));
  CHECK_FALSE(has(api.send("POST", host_a1 + "/fence", "<action/>").body, "<action>"));
  const std::string unknown_host = "<action><host><name>x</name></host></action>";
  CHECK_FALSE(has(api.send("POST", vm_2 + "/migrate", unknown_host).body, "<action>"));
  api.manager.reply_with({409, "Operation Failed", "[No.]"});
  CHECK_FALSE(has(api.send("PUT", host_a1, "<host><spm><priority>3</priority></spm></host>").body,
                  "<action>"));
}

TEST_CASE("7.4 the engine's own VM is shown by its origin") {
  Api api;
  const VmId engine(hosted_engine_vm);
  api.manager.change([&](ClusterState& state) {
    state.vms[engine].name = engine;
    state.vms[engine].status = VmStatus::Up;
  });
  const std::string path = "/vms/" + object_id("vm", hosted_engine_vm);
  CHECK(has(api.get(path).body, "<origin>managed_hosted_engine</origin>"));
  CHECK(has(api.get(vm_2).body, "<origin>ovirt</origin>"));
}
