// "A client written for oVirt must be able to read it": every document the Manager shows, in XML
// and JSON, against the types of the public API model (testdata/model.txt): each element is an
// attribute of its type, each value of that attribute's kind, each link and action one of the
// model's.
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/api/api_fixture.hpp"
#include "topologies/reference/manager/api/api_model.hpp"

using namespace splitsite::reference;

namespace {

const Model& model() {
  static const Model read;
  return read;
}

// What is wrong with a document, one line each.
class Check {
 public:
  std::vector<std::string> complaints;

  void object(const pugi::xml_node& node, const std::string& type) {
    if (!model().has_type(type)) return reference(node);
    for (const pugi::xml_node& child : node.children()) {
      const std::string name = child.name();
      if (name == "link") {
        link(child, type);
      } else if (name == "actions") {
        actions(child, snake(type));
      } else {
        member(child, type);
      }
    }
  }

  void object(const nlohmann::json& json, const std::string& type) {
    if (!json.is_object()) return complain(type + " is no object");
    if (!model().has_type(type)) return;
    for (const auto& [name, value] : json.items()) {
      if (name == "link" || name == "actions" || name == "href" || name == "id") continue;
      const Attribute* found = model().attribute(type, name);
      if (found == nullptr) {
        complain(type + " has no " + name);
      } else if (found->list) {
        list(value, name, *found);
      } else {
        this->value(value, name, found->type);
      }
    }
  }

 private:
  void complain(std::string text) { complaints.push_back(std::move(text)); }

  void reference(const pugi::xml_node& node) {
    if (!node.attribute("id") || !node.attribute("href")) {
      complain(std::string(node.name()) + " is a reference without id or href");
    }
  }

  void link(const pugi::xml_node& node, const std::string& type) {
    const std::string rel = node.attribute("rel").value();
    const std::string href = node.attribute("href").value();
    const bool root = type == "Api";
    if (!root && !model().has_link(type, rel)) complain(type + " has no link " + rel);
    if (!href.starts_with(api_root)) complain("link to " + href);
  }

  void actions(const pugi::xml_node& list, const std::string& element) {
    for (const pugi::xml_node& action : list.children()) {
      const std::string rel = action.attribute("rel").value();
      if (!model().has_action(element, rel)) complain(element + " has no action " + rel);
    }
  }

  void member(const pugi::xml_node& node, const std::string& type) {
    const std::string name = node.name();
    const Attribute* found = model().attribute(type, name);
    if (found == nullptr) return complain(type + " has no " + name);
    if (found->list) {
      for (const pugi::xml_node& each : node.children()) {
        if (snake(found->type) != each.name()) complain(std::string(each.name()) + " in " + name);
        object(each, found->type);
      }
      return;
    }
    const bool whole = model().has_type(found->type) || node.first_attribute();
    if (whole) return object(node, found->type);
    const std::string text = node.text().get();
    if (!model().is_value(found->type, text)) {
      complain(type + "/" + name + " is \"" + text + "\", not " + found->type);
    }
  }

  void list(const nlohmann::json& json, const std::string& name, const Attribute& attribute) {
    if (!json.is_object()) return complain(name + " is no object of a list");
    for (const auto& [element, values] : json.items()) {
      if (element != snake(attribute.type) || !values.is_array()) {
        complain(name + " holds " + element);
        continue;
      }
      for (const auto& each : values) object(each, attribute.type);
    }
  }

  // JSON as oVirt's provider writes it: only dates are numbers.
  void value(const nlohmann::json& json, const std::string& name, const std::string& type) {
    if (model().has_type(type) || json.is_object()) return object(json, type);
    const bool date = type == "date";
    const bool good = date ? json.is_number_integer()
                           : json.is_string() && model().is_value(type, json.get<std::string>());
    if (!good) complain(name + " is " + json.dump() + ", not " + type);
  }
};

// Everything that can be read, with the type of what it holds; a list of them unless `one`.
struct Document {
  std::string path;
  std::string type;
  bool one = false;
  QueryParameters query = {};
};

const std::vector<Document>& documents() {
  static const std::string job = "/jobs/" + object_id("job", "1");
  static const std::vector<Document> all = {
      {"", "Api", true},
      {"/hosts", "Host", false, {{"all_content", "true"}, {"follow", "cluster.data_center"}}},
      {host_a1, "Host", true},
      {"/vms", "Vm", false, {{"follow", "host.cluster,cluster.affinity_groups.vms"}}},
      {vm_2, "Vm", true},
      {"/clusters",
       "Cluster",
       false,
       {{"follow", "affinity_groups,data_center,scheduling_policy"}}},
      {"/schedulingpolicies", "SchedulingPolicy", false, {{"follow", "clusters"}}},
      {groups, "AffinityGroup", false, {{"follow", "hosts,vms,cluster,vm_labels"}}},
      {primary + "/vms", "Vm"},
      {primary + "/hosts", "Host"},
      {"/datacenters", "DataCenter", false, {{"follow", "clusters,storage_domains"}}},
      {center + "/storagedomains", "StorageDomain"},
      {"/storagedomains", "StorageDomain"},
      {"/events", "Event", false, {{"follow", "host,vm,user,cluster"}}},
      {"/jobs", "Job", false, {{"follow", "steps.parent_step,owner"}}},
      {job + "/steps", "Step"},
      {"/users", "User"},
      {"/options/UserSessionTimeOutInterval", "SystemOption", true},
  };
  return all;
}

std::vector<std::string> complaints_about(const std::string& xml, const Document& document) {
  pugi::xml_document read;
  if (!read.load_string(xml.c_str())) return {"not XML"};
  const pugi::xml_node root = read.document_element();
  Check check;
  if (document.one) check.object(root, document.type);
  for (const pugi::xml_node& each : root.children()) {
    if (!document.one) check.object(each, document.type);
  }
  return check.complaints;
}

std::vector<std::string> complaints_about_json(const std::string& text, const Document& document) {
  const auto json = nlohmann::json::parse(text);
  Check check;
  if (document.one) {
    check.object(json, document.type);
    return check.complaints;
  }
  for (const auto& each : json.value(snake(document.type), nlohmann::json::array())) {
    check.object(each, document.type);
  }
  return check.complaints;
}

}  // namespace

TEST_CASE("7 every document is made of the API model's elements, values, links and actions") {
  const Api api;
  for (const Document& document : documents()) {
    INFO(document.path);
    const ApiAnswer xml = api.get(document.path, document.query);
    REQUIRE(xml.status == 200);
    CHECK(complaints_about(xml.body, document) == std::vector<std::string>());
    const ApiAnswer json = api.get(document.path, document.query, Media::Json);
    CHECK(complaints_about_json(json.body, document) == std::vector<std::string>());
  }
}

TEST_CASE("7 a misspelt element, a mistyped value, an unknown link or action is noticed") {
  const Api api;
  const Document host{host_a1, "Host", true};
  const std::string good = api.get(host_a1).body;
  const auto spoilt = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
    REQUIRE(text != good);
    return complaints_about(text, host).size();
  };
  CHECK(complaints_about(good, host).empty());
  CHECK(spoilt("external_status>", "externalStatus>") == 1);
  CHECK(spoilt("<enabled>false<", "<enabled>no<") == 1);
  CHECK(spoilt("<priority>10<", "<priority>high<") == 1);
  CHECK(spoilt(">non_responsive<", ">nonresponsive<") == 1);
  CHECK(spoilt("rel=\"fence\"", "rel=\"fencing\"") == 1);
  const Document vm{vm_2, "Vm", true};
  std::string late = api.get(vm_2).body;
  late.replace(late.find("12:01:00.000Z"), 13, "12:01:00Z");
  CHECK(complaints_about(late, vm).size() == 1);
  CHECK(complaints_about_json(R"({"status": "up", "memory": 5})", vm).size() == 1);
  CHECK(complaints_about_json(R"({"start_time": "2026-03-01"})", vm).size() == 1);
  CHECK(complaints_about_json(R"({"start_time": 1772366460000, "memory": "5"})", vm).empty());
}
