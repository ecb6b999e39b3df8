#include "topologies/reference/manager/api/query.hpp"

#include "scripts/testing/catch.hpp"

using namespace splitsite::reference;

namespace {

constexpr const char* fleet =
    "<ships><ship><name>Argo</name><status>up</status><index>2</index></ship>"
    "<ship><name>beagle</name><status>down</status><index>10</index></ship>"
    "<ship><name>Calypso</name><status>up</status><index>9</index></ship></ships>";

// The initials of what is left, in order; "error" if the query is refused.
std::string left(const QueryParameters& query) {
  pugi::xml_document document;
  document.load_string(fleet);
  if (!narrow(document.first_child(), query)) return "error";
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
  CHECK(left({{"search", "name=argo"}, {"case_sensitive", "true"}}).empty());
  CHECK(left({{"search", "name=*a*"}, {"case_sensitive", "true"}}) == "bC");
  CHECK(left({{"search", "status!=up"}}) == "b");
  CHECK(left({{"search", "name=\"Argo\""}}) == "A");
}

TEST_CASE("conditions are joined by and, or") {
  CHECK(left({{"search", "status=up and name=Argo"}}) == "A");
  CHECK(left({{"search", "name=Argo or name=beagle"}}) == "Ab");
  CHECK(left({{"search", "status=up name=calypso"}}) == "C");
}

TEST_CASE("results are sorted by value, paged and limited") {
  CHECK(left({{"search", "sortby index asc"}}) == "ACb");
  CHECK(left({{"search", "sortby index desc"}}) == "bCA");
  CHECK(left({{"search", "status=up sortby name desc"}}) == "CA");
  CHECK(left({{"search", "page 1"}}) == "AbC");
  CHECK(left({{"search", "page 2"}}).empty());
  CHECK(left({{"max", "2"}}) == "Ab");
  CHECK(left({{"max", "0"}}).empty());
  CHECK(left({{"max", "-1"}}) == "AbC");
  CHECK(left({{"from", "9"}}) == "b");
}

TEST_CASE("what is no query is refused") {
  CHECK(left({{"search", "Argo"}}) == "error");
  CHECK(left({{"search", "=Argo"}}) == "error");
  CHECK(left({{"search", "page one"}}) == "error");
  CHECK(left({{"max", ""}}) == "error");
  CHECK(left({{"max", "3x"}}) == "error");
  CHECK(left({{"from", "yesterday"}}) == "error");
}
