#include "topologies/reference/manager/api/negotiation.hpp"

#include "scripts/testing/catch.hpp"

using namespace splitsite::reference;

TEST_CASE("a body is XML or JSON, XML when it does not say") {
  CHECK(body_media("") == Media::Xml);
  CHECK(body_media("application/xml") == Media::Xml);
  CHECK(body_media("Application/XML; charset=utf-8") == Media::Xml);
  CHECK(body_media("application/json;charset=UTF-8") == Media::Json);
  CHECK_FALSE(body_media("text/plain"));
  CHECK_FALSE(body_media("application/x-www-form-urlencoded"));
}

TEST_CASE("an answer is in what the client likes best") {
  CHECK(answer_media("") == Media::Xml);
  CHECK(answer_media("*/*") == Media::Xml);
  CHECK(answer_media("application/json") == Media::Json);
  CHECK(answer_media("application/json, application/xml") == Media::Xml);
  CHECK(answer_media("application/xml;q=0.5, application/json;q=0.9") == Media::Json);
  CHECK(answer_media("text/html, application/json;q=0.2, */*;q=0.1") == Media::Json);
  CHECK(answer_media("application/*") == Media::Xml);
  CHECK_FALSE(answer_media("text/html"));
  CHECK_FALSE(answer_media("application/json;q=0"));
}

TEST_CASE("7.1 a correlation id has letters, digits, _ and -, and 36 of them at most") {
  CHECK(clean_correlation_id("splitsite-1_x") == "splitsite-1_x");
  CHECK(clean_correlation_id("a b<c>") == "abc");
  CHECK(clean_correlation_id(std::string(50, 'x')) == std::string(36, 'x'));
  CHECK(clean_correlation_id("").empty());
  const std::string made = random_correlation_id();
  CHECK(made.size() == 36);
  CHECK(made != random_correlation_id());
  CHECK(clean_correlation_id(made) == made);
}
