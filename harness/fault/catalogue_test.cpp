// The strict reader of parameters, and the catalogue as text. Every refusal names the parameter and
// what is allowed.
#include "harness/fault/catalogue.hpp"

#include "harness/fault/testing_bench.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

using namespace std::chrono_literals;

std::vector<ParameterSpec> all_types() {
  return {{"site", "site", "which site", "a", "a site with hosts"},
          {"sites", "link", "between which sites", "a-b", "two sites"},
          {"host", "host", "which host", "host-a1", "a host"},
          {"nodes", "node", "which nodes", "host-a1", "nodes, by comma"},
          {"added", "duration", "how much", "10ms", "0 ms to 5 s"},
          {"loss", "percent", "how many", "30", "0 to 100"},
          {"rate", "rate", "how fast", "10Mbit", "8kbit to 10Gbit"},
          {"times", "count", "how often", "3", "1 to 10"},
          {"how", "choice", "in which way", "drop", "drop, reject"},
          {"now", "flag", "at once", "no", "yes, no"},
          {"device", "text", "which one", "none", "a name"}};
}

// The value if all is well, else its error text; one reader for one parameter given as text.
template <class Read>
std::string read(const std::string& given, Read&& value_of) {
  const LabConfig config = fake_config();
  const auto parameters = parse_parameters(given);
  if (!parameters) return parameters.error().message();
  const auto reader = ParameterReader::create("link-test", all_types(), parameters.value(), config);
  if (!reader) return reader.error().message();
  const auto value = value_of(reader.value());
  if (!value) return value.error().message();
  return fmt::format("{}", value.value());
}

std::string added(const std::string& given) {
  return read(given, [](const ParameterReader& r) -> Result<long> {
    SPLITSITE_TRY(const Duration value, r.duration("added", 0ms, 5s));
    return static_cast<long>(value / 1us);
  });
}
std::string loss(const std::string& given) {
  return read(given, [](const ParameterReader& r) { return r.percent("loss"); });
}
std::string rate(const std::string& given) {
  return read(given, [](const ParameterReader& r) { return r.rate("rate", 8000, 10000000000); });
}
std::string times(const std::string& given) {
  return read(given, [](const ParameterReader& r) { return r.count("times", 1, 10); });
}
std::string host(const std::string& given) {
  return read(given, [](const ParameterReader& r) { return r.host("host"); });
}

TEST_CASE("Values are read with their units, and their defaults without being given") {
  CHECK(added("") == "10000");
  CHECK(added("added=1.5s") == "1500000");
  CHECK(added("added=0") == "0");
  CHECK(added("added=250us") == "250");
  CHECK(loss("loss=0.5%") == "0.5");
  CHECK(loss("loss=100") == "100");
  CHECK(rate("rate=64kbit") == "64000");
  CHECK(rate("rate=9600bit") == "9600");
  CHECK(rate("rate=10Gbit") == "10000000000");
  CHECK(times("times=10") == "10");
  CHECK(host("host=host-b2") == "host-b2");
}

TEST_CASE("A wrong value is named with its parameter and the allowed range") {
  CHECK(added("added=-3ms") ==
        "could not make the fault link-test: parameter \"added\": \"-3ms\" is out of range; "
        "allowed: 0 ms to 5 s");
  CHECK_THAT(added("added=5001ms"), Catch::Contains("is out of range; allowed: 0 ms to 5 s"));
  CHECK_THAT(added("added=10"), Catch::Contains("is not a duration such as 10ms"));
  for (const char* odd : {"added=ms", "added=10 ms", "added=infs", "added=nanms", "added=1e400s",
                          "added=10msx", "added=0x10ms", "added=1e30h"}) {
    INFO(odd);
    CHECK_THAT(added(odd), Catch::Contains("could not"));
  }
  CHECK_THAT(loss("loss=120"), Catch::Contains("\"120\" is out of range; allowed: 0 to 100"));
  CHECK_THAT(loss("loss=nan"), Catch::Contains("is not a percentage"));
  CHECK_THAT(loss("loss=-0.1"), Catch::Contains("is out of range"));
  CHECK_THAT(rate("rate=fast"), Catch::Contains("is not a rate such as 10Mbit"));
  CHECK_THAT(rate("rate=1bit"), Catch::Contains("allowed: 8kbit to 10Gbit"));
  CHECK_THAT(rate("rate=10MB"), Catch::Contains("is not a rate"));
  CHECK_THAT(times("times=2.5"), Catch::Contains("is not a whole number"));
  CHECK_THAT(times("times=99999999999999999999"), Catch::Contains("is out of range"));
}

TEST_CASE("Names are checked against the lab") {
  CHECK_THAT(host("host=host-x9"),
             Catch::Contains("is not a host node of this lab; name one of: host-a1, host-a2, "
                             "host-b1, host-b2"));
  CHECK_THAT(host("host=witness"), Catch::Contains("is not a host node"));
  const auto site = [](const std::string& given) {
    return read(given, [](const ParameterReader& r) { return r.site_with_hosts("site"); });
  };
  CHECK(site("site=b") == "b");
  CHECK_THAT(site("site=w"), Catch::Contains("is not a site with hosts; name one of: a, b"));
  const auto sites = [](const std::string& given) {
    return read(given, [](const ParameterReader& r) -> Result<std::string> {
      SPLITSITE_TRY(const auto both, r.sites("sites"));
      return both.first.str() + " and " + both.second.str();
    });
  };
  CHECK(sites("sites=w-a") == "w and a");
  CHECK_THAT(sites("sites=a-a"), Catch::Contains("name two of: a, b, w"));
  CHECK_THAT(sites("sites=a"), Catch::Contains("is not a pair of this lab's sites"));
  const auto nodes = [](const std::string& given) {
    return read(given, [](const ParameterReader& r) -> Result<std::size_t> {
      SPLITSITE_TRY(const auto all, r.nodes("nodes"));
      return all.size();
    });
  };
  CHECK(nodes("nodes=host-a1,sto-b") == "2");
  CHECK_THAT(nodes("nodes=host-a1,host-a1"), Catch::Contains("names \"host-a1\" twice"));
  CHECK_THAT(nodes("nodes=host-a1,sto-q"), Catch::Contains("names \"sto-q\""));
  CHECK_THAT(nodes("nodes=,"), Catch::Contains("names \"\""));
}

TEST_CASE("Words are taken from their list only") {
  const auto how = [](const std::string& given) {
    return read(given, [](const ParameterReader& r) {
      return r.choice("how", {"drop", "reject"});
    });
  };
  CHECK(how("how=reject") == "reject");
  CHECK_THAT(how("how=maybe"), Catch::Contains("allowed: drop, reject"));
  const auto now = [](const std::string& given) {
    return read(given, [](const ParameterReader& r) { return r.flag("now"); });
  };
  CHECK(now("now=yes") == "true");
  CHECK_THAT(now("now=1"), Catch::Contains("allowed: yes, no"));
}

TEST_CASE("Unknown, doubled, missing and malformed parameters are refused") {
  CHECK_THAT(added("adedd=1ms"), Catch::Contains("it has no parameter \"adedd\"; it knows: site,"));
  CHECK_THAT(added("added=1ms added=2ms"), Catch::Contains("it is given twice"));
  CHECK_THAT(added("added"), Catch::Contains("it is not of the form name=value"));
  CHECK_THAT(added("=1ms"), Catch::Contains("it is not of the form name=value"));
  const LabConfig config = fake_config();
  const auto missing = ParameterReader::create(
      "link-test", {{"site", "site", "which site fails", "", "a, b"}}, {}, config);
  REQUIRE(missing.has_error());
  CHECK(missing.error().message() ==
        "could not make the fault link-test: parameter \"site\" is missing; "
        "give which site fails (a, b)");
}

TEST_CASE("Parameters survive as text") {
  const auto parsed = parse_parameters("sites=a-b  added=10ms").value();
  CHECK(to_text(parsed) == "added=10ms sites=a-b");
  CHECK(parse_parameters(to_text(parsed)).value() == parsed);
}

Catalogue small_catalogue() {
  CatalogueEntry entry;
  entry.name = "link-test";
  entry.summary = "a test of a link";
  entry.parameters = {{"how", "choice", "in which way", "drop", "drop, reject"},
                      {"for", "duration", "how long", "", "1 s to 5 s"}};
  entry.mechanism = "one | two";
  entry.proof = "seen";
  entry.undo = "gone";
  entry.limits = "none";
  entry.example = "for=2s";
  return {entry};
}

TEST_CASE("An unknown fault is answered with the names that come near") {
  const Catalogue catalogue = small_catalogue();
  CHECK(find_entry(catalogue, "link-test").value()->summary == "a test of a link");
  CHECK_THAT(find_entry(catalogue, "link-tset").error().message(),
             Catch::Contains("did you mean link-test?"));
  CHECK_THAT(find_entry(catalogue, "link").error().message(),
             Catch::Contains("did you mean link-test?"));
  CHECK_THAT(find_entry(catalogue, "earthquake").error().message(),
             Catch::Contains("see \"splitsite fault list\""));
}

TEST_CASE("The catalogue as text") {
  const Catalogue catalogue = small_catalogue();
  CHECK(list_text(catalogue) == "link-test  a test of a link\n");
  CHECK(describe(catalogue[0]) ==
        "link-test: a test of a link\n\n"
        "  how          in which way (choice): drop, reject; default drop\n"
        "  for          how long (duration): 1 s to 5 s; must be given\n\n"
        "mechanism  one | two\nproof      seen\nundo       gone\nlimits     none\n"
        "example    splitsite fault inject link-test for=2s\n");
  CHECK_THAT(list_markdown(catalogue),
             Catch::Contains("| **link-test**: a test of a link | `how`: drop, reject (`drop`); "
                             "`for`: 1 s to 5 s | one \\| two | seen | gone | none |"));
}

}  // namespace
}  // namespace splitsite
