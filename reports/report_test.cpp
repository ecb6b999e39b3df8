#include "reports/report.hpp"

#include "harness/verdict/testing_history.hpp"
#include "reports/lanes.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

Report small_report() {
  TestHistory h;
  h.at(1).runs("vm-1", "host-a1", "booted");
  h.at(2).host_is("host-a1", "up");
  h.at(10).power("host-a1", false).fault(kind::fault_active);
  h.at(20).host_is("host-a1", "non_responsive");
  h.at(95).runs("vm-1", "host-b1", "booted");
  h.at(120).fault(kind::fault_heal);
  h.at(130).end();
  Report report{.run = "r1", .suite = "acceptance", .scenario = "primary <site> lost"};
  report.config.sites = {{SiteId("a"), SiteRole::Primary}, {SiteId("b"), SiteRole::Secondary}};
  report.config.nodes = {{.name = NodeId("host-a1"), .site = SiteId("a")},
                         {.name = NodeId("host-b1"), .site = SiteId("b")}};
  report.config.vms = {{.name = VmId("vm-1"), .home = SiteId("a"), .highly_available = true}};
  report.events = h.events();
  report.verdicts = {
      {.id = "x", .title = "It holds", .outcome = Outcome::Holds, .finding = "seen"},
      {.id = "y", .title = "It breaks", .outcome = Outcome::Violated, .finding = "2 < 1 & \"so\""},
      {.id = "z", .title = "Who knows", .outcome = Outcome::Inconclusive}};
  report.outcome = merge(report.verdicts);
  return report;
}

TEST_CASE("JUnit counts violations as failures and the unknown as errors") {
  const std::string xml = to_junit(small_report());
  CHECK_THAT(xml, Catch::Contains("tests=\"3\" failures=\"1\" errors=\"1\" skipped=\"0\""));
  CHECK_THAT(xml, Catch::Contains("2 &lt; 1 &amp; &quot;so&quot;"));
  CHECK_THAT(xml, Catch::Contains("primary &lt;site&gt; lost"));
}

TEST_CASE("The table ends with the merged verdict") {
  CHECK_THAT(to_table(small_report(), false), Catch::Contains("verdict: violated (1 of 3 hold)"));
}

TEST_CASE("The timeline shows where the VM was and what its host was called") {
  const auto lanes = lanes_of(small_report());
  const auto lane = [&](const std::string& name) -> const Lane& {
    for (const Lane& candidate : lanes) {
      if (candidate.name == name) return candidate;
    }
    throw std::out_of_range(name);
  };
  REQUIRE(lane("vm-1").spans.size() == 2);
  CHECK(lane("vm-1").spans[0].look == "primary");
  CHECK(lane("vm-1").spans[0].to > 10s);
  CHECK(lane("vm-1").spans[1].look == "secondary");
  REQUIRE(lane("host-a1").spans.size() == 2);
  CHECK(lane("host-a1").spans[1].label == "non_responsive");
  CHECK(lane("in force").spans.size() == 1);
}

TEST_CASE("The page stands alone and hides nothing it was given behind markup") {
  const std::string page = to_html(small_report());
  CHECK_THAT(page, Catch::Contains("<svg"));
  CHECK_THAT(page, !Catch::Contains("http://"));
  CHECK_THAT(page, !Catch::Contains("https://"));
  CHECK_THAT(page, !Catch::Contains("<script"));
  CHECK_THAT(page, !Catch::Contains("<site>"));
}

TEST_CASE("Verdicts as JSON carry the merged outcome") {
  CHECK_THAT(to_verdict_json(small_report()), Catch::Contains("\"outcome\": \"violated\""));
}

}  // namespace
}  // namespace splitsite
