// Facts 7.4 to 7.6: what edits of VMs, clusters and affinity groups become.
#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/api/api_fixture.hpp"

using namespace splitsite;
using namespace splitsite::reference;

TEST_CASE("7.5 an affinity group is added, edited and removed") {
  Api api;
  const std::string vm = object_id("vm", "vm-2");
  const ApiAnswer added = api.send(
      "POST", groups,
      "<affinity_group><name>pair</name><priority>2.5</priority><hosts_rule><enabled>true</enabled>"
      "<enforcing>false</enforcing><positive>true</positive></hosts_rule><vms><vm id=\"" +
          vm + "\"/></vms></affinity_group>");
  CHECK(added.status == 201);
  CHECK(has(added.headers.front().second, "/affinitygroups/"));
  CHECK(has(added.body, "<name>pair</name>"));
  const auto group = api.manager.last<AddAffinityGroup>().group;
  CHECK(group.priority == 2.5);
  CHECK(group.hosts_rule.positive == true);
  CHECK(group.vms == std::vector<VmId>{VmId("vm-2")});
  CHECK_FALSE(group.hosts);

  CHECK(api.send("PUT", primary, R"({"hosts_rule":{"enforcing":"true"}})", Media::Json).status ==
        200);
  const auto update = api.manager.last<UpdateAffinityGroup>();
  CHECK(update.group == "primary-site");
  CHECK(update.edit.hosts_rule.enforcing == true);
  CHECK_FALSE(update.edit.hosts_rule.enabled);
  CHECK_FALSE(update.edit.name);

  const ApiAnswer removed = api.send("DELETE", primary, "");
  CHECK(removed.status == 200);
  CHECK(has(removed.body, "<status>complete</status>"));
  CHECK(api.manager.last<RemoveAffinityGroup>().group == "primary-site");
}

TEST_CASE("7.5 without a vms_rule the deprecated pair is the rule between VMs") {
  Api api;
  CHECK(api.send("PUT", primary,
                 "<affinity_group><positive>false</positive><enforcing>true</enforcing>"
                 "</affinity_group>")
            .status == 200);
  const auto rule = api.manager.last<UpdateAffinityGroup>().edit.vms_rule;
  CHECK(rule.positive == false);
  CHECK(rule.enforcing == true);
}

TEST_CASE("7.5 members come and go one by one") {
  Api api;
  const std::string vm = object_id("vm", "vm-2");
  const std::string host = object_id("host", "host-b1");
  CHECK(api.send("POST", primary + "/vms", "<vm id=\"" + vm + "\"/>").status == 200);
  CHECK(api.manager.last<AddVmToAffinityGroup>().vm == VmId("vm-2"));
  CHECK(api.send("POST", primary + "/hosts", "<host id=\"" + host + "\"/>").status == 200);
  CHECK(api.manager.last<AddHostToAffinityGroup>().host == NodeId("host-b1"));
  CHECK(api.send("DELETE", primary + "/vms/" + vm, "").status == 200);
  CHECK(api.manager.last<RemoveVmFromAffinityGroup>().vm == VmId("vm-2"));
  CHECK(api.send("DELETE", primary + "/hosts/" + host, "").status == 200);
  CHECK(api.manager.last<RemoveHostFromAffinityGroup>().host == NodeId("host-b1"));
}

TEST_CASE("7.5 a host may be added by its name, a VM may not (BackendAffinityGroupHostsResource)") {
  Api api;
  CHECK(api.send("POST", primary + "/hosts", "<host><name>host-b1</name></host>").status == 200);
  CHECK(api.manager.last<AddHostToAffinityGroup>().host == NodeId("host-b1"));
  CHECK(api.send("POST", primary + "/hosts", "<host><name>host-x</name></host>").status == 400);
  CHECK(api.send("POST", primary + "/hosts", "<host/>").status == 400);
  CHECK(api.send("POST", primary + "/vms", "<vm><name>vm-2</name></vm>").status == 400);
  CHECK(api.manager.count() == 1);
}

TEST_CASE("7.5 a group's description is taken and shown") {
  Api api;
  CHECK(api.send("PUT", primary, "<affinity_group><description>home</description></affinity_group>")
            .status == 200);
  CHECK(api.manager.last<UpdateAffinityGroup>().edit.description == "home");
  CHECK_FALSE(has(api.get(primary).body, "description"));
  api.manager.change([](ClusterState& state) { state.affinity_groups[0].description = "home"; });
  CHECK(has(api.get(primary).body, "<description>home</description>"));
}

TEST_CASE("7.5 what does not exist is not edited") {
  Api api;
  CHECK(api.send("PUT", groups + "/" + unknown_id, "<affinity_group/>").status == 404);
  CHECK(api.send("POST", "/clusters/x/affinitygroups", "<affinity_group/>").status == 404);
  const ApiAnswer nobody = api.send("POST", primary + "/vms", "<vm id=\"x\"/>");
  CHECK(nobody.status == 400);
  CHECK(has(nobody.body, "[Cannot edit Affinity Group. VM does not exist.]"));
  CHECK(api.manager.count() == 0);
}

TEST_CASE("7.6 a cluster's error handling and fencing policy") {
  Api api;
  CHECK(api.send("PUT", cluster,
                 "<cluster><error_handling><on_error>do_not_migrate</on_error></error_handling>"
                 "<fencing_policy><skip_if_sd_active><enabled>true</enabled></skip_if_sd_active>"
                 "</fencing_policy></cluster>")
            .status == 200);
  const auto edit = api.manager.last<UpdateCluster>();
  CHECK(edit.on_error == OnHostError::DoNotMigrate);
  REQUIRE(edit.fencing);
  CHECK(edit.fencing->skip_if_sd_active);
  CHECK(edit.fencing->connectivity_threshold == 50);
  CHECK(api.send("PUT", cluster,
                 "<cluster><error_handling><on_error>pray</on_error></error_handling></cluster>")
            .status == 400);
  CHECK(api.send("PUT", cluster, "<cluster><name>other</name></cluster>").status == 409);
  CHECK(api.manager.count() == 1);
}

TEST_CASE("7.4 high availability, priority, resume behaviour and lease of a VM") {
  Api api;
  const std::string vm_5 = "/vms/" + object_id("vm", "vm-5");
  const std::string domain = object_id("storage_domain", "metro");
  CHECK(api.send("PUT", vm_5,
                 "<vm><high_availability><enabled>true</enabled><priority>100</priority>"
                 "</high_availability><lease><storage_domain id=\"" +
                     domain +
                     "\"/></lease><storage_error_resume_behaviour>leave_paused"
                     "</storage_error_resume_behaviour></vm>")
            .status == 200);
  const auto edit = api.manager.last<EditVm>();
  CHECK(edit.vm == VmId("vm-5"));
  CHECK(edit.highly_available == true);
  CHECK(edit.priority == 100);
  CHECK(edit.lease == true);
  CHECK(edit.resume_behaviour == ResumeBehaviour::LeavePaused);
  CHECK(api.manager.count() == 1);
}

TEST_CASE("7.4 a lease without a storage domain in it is removed") {
  Api api;
  CHECK(api.send("PUT", vm_2, "<vm><lease/></vm>").status == 200);
  CHECK(api.manager.last<EditVm>().lease == false);
  CHECK_FALSE(api.manager.last<EditVm>().highly_available);
  CHECK(api.send("PUT", vm_2, "<vm><lease><storage_domain id=\"x\"/></lease></vm>").status == 400);
  CHECK(api.manager.count() == 1);
}

TEST_CASE("7.4 a VM's placement policy") {
  Api api;
  const std::string host = object_id("host", "host-b1");
  CHECK(api.send("PUT", vm_2,
                 "<vm><placement_policy><affinity>pinned</affinity><hosts><host id=\"" + host +
                     "\"/></hosts></placement_policy></vm>")
            .status == 200);
  const auto placement = api.manager.last<SetVmPlacement>();
  CHECK(placement.affinity == MigrationMode::Pinned);
  CHECK(placement.hosts == std::vector<NodeId>{NodeId("host-b1")});
  CHECK(api.send("PUT", vm_2,
                 "<vm><placement_policy><affinity>glued</affinity></placement_policy></vm>")
            .status == 400);
  CHECK(api.manager.count() == 1);
}
