#include "topologies/reference/manager/api/query.hpp"

#include "scripts/testing/catch.hpp"

using namespace splitsite::reference;

namespace {

constexpr const char* fleet =
    "<ships><ship><name>Argo</name><status>up</status><index>2</index><severity>error</severity>"
    "<time>2026-02-28T23:59:59.000Z</time></ship>"
    "<ship><name>beagle</name><status>down</status><index>10</index><severity>alert</severity>"
    "<time>2026-03-01T00:00:00.000Z</time></ship>"
    "<ship><name>Calypso</name><status>up</status><index>9</index><severity>normal</severity>"
    "<time>2026-02-24T12:00:00.000Z</time></ship></ships>";

const SearchFields fields{
    .names = {"name", "status", "index", "severity", "time"},
    .value = [](const pugi::xml_node& node, const std::string& name) -> std::string {
      return node.child(name.c_str()).text().as_string();
    },
    .today = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};  // a Sunday

// The initials of what is left, in order; the mistake if the query is refused.
std::string left(const QueryParameters& query) {
  pugi::xml_document document;
  document.load_string(fleet);
  const auto narrowed = narrow(document.first_child(), query, fields);
  if (!narrowed) return narrowed.error().why;
  std::string initials;
  for (const auto& ship : document.first_child().children()) {
    initials += ship.child("name").text().as_string()[0];
  }
  return initials;
}

}  // namespace

TEST_CASE("search compares by name, without case unless asked, with wildcards") {
  CHECK(left({}) == "AbC");
  CHECK(left({{"search", "name=argo"}}) == "A");
  CHECK(left({{"search", "NAME = argo"}}) == "A");
  CHECK(left({{"search", "name=argo"}, {"case_sensitive", "true"}}).empty());
  CHECK(left({{"search", "name=*a*"}, {"case_sensitive", "yes"}}) == "bC");
  CHECK(left({{"search", "status!=up"}}) == "b");
  CHECK(left({{"search", "status != up"}}) == "b");
  CHECK(left({{"search", "name=\"Argo\""}}) == "A");
}

TEST_CASE("numbers are compared by value") {
  CHECK(left({{"search", "index>2"}}) == "bC");
  CHECK(left({{"search", "index >= 9"}}) == "bC");
  CHECK(left({{"search", "index<10"}}) == "AC");
  CHECK(left({{"search", "index<=2"}}) == "A");
}

TEST_CASE("conditions are joined by and, or; one word alone is looked for everywhere") {
  CHECK(left({{"search", "status=up and name=Argo"}}) == "A");
  CHECK(left({{"search", "name=Argo or name=beagle"}}) == "Ab");
  CHECK(left({{"search", "status=up name=calypso"}}) == "C");
  CHECK(left({{"search", "eagl"}}) == "b");
  CHECK(left({{"search", "eagl and status=up"}}).empty());
}

TEST_CASE("7.2 AND binds more than OR, and OR more than nothing at all (SyntaxChecker)") {
  CHECK(left({{"search", "name=Argo or name=beagle and index=9"}}) == "A");
  CHECK(left({{"search", "index=9 and name=beagle or name=Argo"}}) == "A");
  CHECK(left({{"search", "status=up name=Calypso or name=beagle"}}) == "C");
  CHECK(left({{"search", "name=Argo or name=beagle status=down"}}) == "b");
}

TEST_CASE("7.2 a severity is compared by its weight (AuditLogSeverity)") {
  CHECK(left({{"search", "severity>=error"}}) == "Ab");
  CHECK(left({{"search", "severity > WARNING"}}) == "Ab");
  CHECK(left({{"search", "severity<error"}}) == "C");
  CHECK(left({{"search", "sortby severity desc"}}) == "bAC");
}

TEST_CASE("7.2 a time may be a day by name, and equals the whole day (formatValue)") {
  CHECK(left({{"search", "time>today"}}) == "b");
  CHECK(left({{"search", "time=Today"}}) == "b");
  CHECK(left({{"search", "time=yesterday"}}) == "A");
  CHECK(left({{"search", "time>yesterday"}}) == "Ab");
  CHECK(left({{"search", "time=tuesday"}}) == "C");
  CHECK(left({{"search", "time < friday"}}) == "C");
  CHECK(left({{"search", "time=2026-02-28"}}) == "A");
}

TEST_CASE("results are sorted by value, paged and limited") {
  CHECK(left({{"search", "sortby index asc"}}) == "ACb");
  CHECK(left({{"search", "sortby index desc"}}) == "bCA");
  CHECK(left({{"search", "status=up sortby name desc"}}) == "CA");
  CHECK(left({{"search", "sortby index page 1"}}) == "ACb");
  CHECK(left({{"search", "page 1"}}) == "AbC");
  CHECK(left({{"search", "page 2"}}).empty());
  CHECK(left({{"search", "page 9000000000000000000"}, {"max", "9"}}).empty());
  CHECK(left({{"max", "2"}}) == "Ab");
  CHECK(left({{"max", "0"}}).empty());
  CHECK(left({{"from", "9"}}) == "b");
}

TEST_CASE("7.2 a page has as many as `max` says (SyntaxChecker.getPagePhrase)") {
  CHECK(left({{"search", "sortby index page 1"}, {"max", "2"}}) == "AC");
  CHECK(left({{"search", "sortby index page 2"}, {"max", "2"}}) == "b");
  CHECK(left({{"search", "page 3"}, {"max", "1"}}) == "C");
  CHECK(left({{"search", "page 3"}, {"max", "0"}}).empty());
}

TEST_CASE("numbers that are none are ignored, as oVirt's ParametersHelper does") {
  CHECK(left({{"max", "-1"}}) == "AbC");
  CHECK(left({{"max", ""}}) == "AbC");
  CHECK(left({{"max", "3x"}}) == "AbC");
  CHECK(left({{"from", "yesterday"}}) == "AbC");
}

TEST_CASE("a search that is none is refused with oVirt's name of the mistake") {
  CHECK(left({{"search", "colour=red"}}) == "INVALID_CONDITION_FILED");
  CHECK(left({{"search", "=Argo"}}) == "INVALID_CONDITION_FILED");
  CHECK(left({{"search", "name=="}}) == "INVALID_CONDITION_RELATION");
  CHECK(left({{"search", "name="}}) == "INVALID_CONDITION_VALUE");
  CHECK(left({{"search", "Argo beagle"}}) == "FREE_TEXT_ALLOWED_ONCE_PER_OBJ");
  CHECK(left({{"search", "name=Argo and"}}) == "INVALID_POST_OR_AND_PHRASE");
  CHECK(left({{"search", "sortby"}}) == "INVALID_SORT_FIELD");
  CHECK(left({{"search", "sortby colour"}}) == "INVALID_SORT_FIELD");
  CHECK(left({{"search", "sortby name down"}}) == "INVALID_SORT_DIRECTION");
  CHECK(left({{"search", "page one"}}) == "INVALID_PAGE_FEILD");
  CHECK(left({{"search", "page 1 name=Argo"}}) == "NOTHING_COMES_AFTER_PAGE_VALUE");
}

TEST_CASE("oVirt's spellings of true") {
  for (const char* yes : {"", "true", "T", "Yes", "y", "1"}) {
    CHECK(is_set({{"all_content", yes}}, "all_content"));
  }
  for (const char* no : {"false", "no", "0", "maybe"}) {
    CHECK_FALSE(is_set({{"all_content", no}}, "all_content"));
  }
  CHECK_FALSE(is_set({}, "all_content"));
}
