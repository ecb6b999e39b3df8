// The readers against answers shaped like a real engine's (testdata/), and against what must be
// refused.
#include "harness/adapters/ovirt/parse.hpp"

#include <fstream>
#include <sstream>

#include "harness/adapters/ovirt/fault.hpp"
#include "scripts/testing/catch.hpp"

using namespace splitsite;
using namespace splitsite::ovirt;

namespace {

std::string sample(const std::string& name) {
  std::ifstream file(SPLITSITE_SOURCE_DIR "/harness/adapters/ovirt/testdata/" + name);
  REQUIRE(file);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("hosts are read with their SPM state, priority and number of VMs") {
  const auto hosts = parse_hosts(sample("hosts.xml"));
  REQUIRE(hosts);
  REQUIRE(hosts.value().size() == 3);
  const HostView& primary = hosts.value()[0];
  CHECK(primary.id == "6d6f04b0-2b32-4d0c-8a0c-7a5d0b7fd101");
  CHECK(primary.name == NodeId("kvm-a1.example.com"));
  CHECK(primary.status == "up");
  CHECK(primary.spm_status == "spm");
  CHECK(primary.spm_priority == 10);
  CHECK(primary.active_vms == 17);
  CHECK(hosts.value()[1].spm_priority == -1);
}

TEST_CASE("a status nobody knows is kept as text, and missing fields have their neutral value") {
  const auto hosts = parse_hosts(sample("hosts.xml"));
  REQUIRE(hosts);
  const HostView& odd = hosts.value()[2];
  CHECK(odd.status == "hibernating_since_version_9");
  CHECK(odd.spm_status == "none");
  CHECK(odd.spm_priority == 0);
  CHECK(odd.active_vms == 0);
}

TEST_CASE("VMs are read with availability, lease and host") {
  const auto vms = parse_vms(sample("vms.xml"));
  REQUIRE(vms);
  REQUIRE(vms.value().size() == 3);
  const ParsedVm& database = vms.value()[0];
  CHECK(database.view.name == VmId("database & queue"));
  CHECK(database.view.status == "unknown");
  CHECK(database.view.highly_available);
  CHECK(database.view.has_lease);
  CHECK(database.host.id == "6d6f04b0-2b32-4d0c-8a0c-7a5d0b7fd101");
  CHECK(database.host.name.empty());
  const ParsedVm& scratch = vms.value()[1];
  CHECK_FALSE(scratch.view.highly_available);
  CHECK_FALSE(scratch.view.has_lease);  // <lease/> without a storage domain is no lease
  CHECK(scratch.host.id.empty());
  CHECK(vms.value()[2].host.name == "kvm-b1.example.com");
}

TEST_CASE("data centers and storage domains are read with their status") {
  const auto centers = parse_data_centers(sample("data_centers.xml"));
  REQUIRE(centers);
  REQUIRE(centers.value().size() == 2);
  CHECK(centers.value()[1].name == "Metro");
  CHECK(centers.value()[1].status == "problematic");
  const auto domains = parse_storage_domains(sample("storage_domains.xml"));
  REQUIRE(domains);
  REQUIRE(domains.value().size() == 2);
  CHECK(domains.value()[0].status == "active");
  CHECK(domains.value()[1].name == "iso");
}

TEST_CASE("events come oldest first, and an engine without index counts by id") {
  const auto events = parse_events(sample("events.xml"));
  REQUIRE(events);
  REQUIRE(events.value().size() == 2);
  CHECK(events.value()[0].view.index == 10419);
  CHECK(events.value()[0].view.code == 9028);
  CHECK(events.value()[0].view.severity == "alert");
  CHECK(events.value()[0].host.name == "kvm-a1.example.com");
  CHECK(events.value()[1].view.index == 10420);
  CHECK(events.value()[1].vm.id == "aae98225-5b73-490d-a252-899209af17e9");
}

TEST_CASE("an empty collection is an empty list") {
  CHECK(parse_hosts("<hosts/>").value().empty());
  CHECK(parse_events("<?xml version=\"1.0\"?><events></events>").value().empty());
}

TEST_CASE("what is not the expected document is refused, saying what it is instead") {
  const auto cut = parse_hosts("<hosts><host id=\"1\"><name>a</na");
  REQUIRE_FALSE(cut);
  CHECK(cut.error().why.find("not XML") != std::string::npos);
  const auto page = parse_hosts(sample("error_page.html"));
  REQUIRE_FALSE(page);
  CHECK(page.error().why.find("503 Service Unavailable") != std::string::npos);
  const auto other = parse_hosts(sample("vms.xml"));
  REQUIRE_FALSE(other);
  CHECK(other.error().why.find("<vms> instead of <hosts>") != std::string::npos);
  const auto fault = parse_vms(sample("fault.xml"));
  REQUIRE_FALSE(fault);
  CHECK(fault.error().why.find("VM is running") != std::string::npos);
  CHECK_FALSE(parse_hosts(""));
  CHECK_FALSE(parse_events("{\"event\":[]}"));
}

TEST_CASE("objects that cannot be spoken about and numbers that are none are refused") {
  CHECK_FALSE(parse_hosts("<hosts><host><name>a</name></host></hosts>"));
  CHECK_FALSE(parse_vms("<vms><vm id=\"1\"><status>up</status></vm></vms>"));
  const auto priority = parse_hosts(
      "<hosts><host id=\"1\"><name>a</name><spm><priority>high</priority></spm></host></hosts>");
  REQUIRE_FALSE(priority);
  CHECK(priority.error().why == "<spm/priority> in <host> is \"high\", not a number");
  CHECK_FALSE(parse_events("<events><event id=\"newest\"/></events>"));
  CHECK_FALSE(parse_events("<events><event id=\"7\"><code>12x</code></event></events>"));
}

TEST_CASE("an action that failed is an error even under HTTP 200") {
  CHECK(check_action(sample("action_complete.xml")));
  CHECK(check_action("<action><status>pending</status></action>"));
  const auto failed = check_action(sample("action_failed.xml"));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().kind == ErrorKind::Refused);
  CHECK(failed.error().why.find("no host that satisfies") != std::string::npos);
  CHECK_FALSE(check_action("<action><status>failed</status></action>"));
  CHECK_FALSE(check_action(sample("fault.xml")));
}

TEST_CASE("an HTTP error keeps the status and the engine's own words") {
  const Error fault = http_error(409, sample("fault.xml"), "start", "vm-1");
  CHECK(fault.kind == ErrorKind::Refused);
  CHECK(fault.why == "HTTP 409: Operation Failed: [Cannot run VM. VM is running.]");
  const Error page = http_error(503, sample("error_page.html"), "GET /hosts", "");
  CHECK(page.kind == ErrorKind::Unavailable);
  CHECK(page.why == "HTTP 503: page \"503 Service Unavailable\"");
  CHECK(http_error(404, "", "GET /hosts", "").why == "HTTP 404");
  CHECK(http_error(302, "", "GET /hosts", "").kind == ErrorKind::Internal);
  const Error oauth =
      http_error(400, R"({"error":"access_denied","error_description":"The password is wrong."})",
                 "log in", "");
  CHECK(oauth.why == "HTTP 400: access_denied (The password is wrong.)");
  CHECK(explain_body(std::string(5000, 'x')).size() < 200);
}

TEST_CASE("the engine's own error page is told by its words, others by their title") {
  CHECK(explain_body("<html><head><title>Error</title></head><body>invalid_grant: The provided "
                     "authorization grant for the auth code has expired.</body></html>") ==
        "invalid_grant: The provided authorization grant for the auth code has expired.");
  CHECK(explain_body("<html><head><title>Bad Gateway</title></head><body>x</body></html>") ==
        "page \"Bad Gateway\"");
}
