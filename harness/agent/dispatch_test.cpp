#include "harness/agent/dispatch.hpp"

#include "harness/agent/event_log.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

// A dispatcher with one operation, and what it answered last.
struct Desk {
  Json answered;
  Dispatcher dispatcher{[this](const std::string& line) { answered = Json::parse(line); }};

  Desk() {
    dispatcher.add("add", [](Arguments& arguments) -> Result<Json> {
      SPLITSITE_TRY(const auto count, arguments.whole("count", {.least = 1, .most = 10}));
      SPLITSITE_TRY(const auto share, arguments.number_or("share", 0.5));
      SPLITSITE_TRY(const auto to, arguments.text("to"));
      SPLITSITE_TRY_VOID(arguments.nothing_else());
      return Json{{"count", count}, {"share", share}, {"to", to}};
    });
  }
  std::string why(const std::string& line) {
    answered = Json();
    dispatcher.handle(line);
    return answered.contains("error") ? answered["error"]["why"].get<std::string>() : "accepted";
  }
};

TEST_CASE("A request is answered under its own id") {
  Desk desk;
  desk.dispatcher.handle(R"({"id":7,"op":"add","args":{"count":2,"to":"x"}})");
  CHECK(desk.answered["id"] == 7);
  CHECK(desk.answered["ok"] == Json{{"count", 2}, {"share", 0.5}, {"to", "x"}});
  desk.dispatcher.handle(R"({"id":"k","op":"add","args":{"count":2,"to":"x","share":1}})");
  CHECK(desk.answered["id"] == "k");
}

TEST_CASE("What is no request is answered with the reason and without an id") {
  Desk desk;
  CHECK(desk.why("{\"id\":") == "it is not JSON");
  CHECK(desk.answered["id"].is_null());
  CHECK(desk.why("[]") == "it is not a JSON object");
  CHECK(desk.why(R"({"op":"add"})") == "\"id\" must be a whole number or text");
  CHECK(desk.why(R"({"id":[1],"op":"add"})") == "\"id\" must be a whole number or text");
  CHECK(desk.why("\xff\xfe") == "it is not JSON");
}

TEST_CASE("A request that asks for nothing known is answered under its id") {
  Desk desk;
  CHECK(desk.why(R"({"id":1})") == "\"op\" must be text");
  CHECK(desk.why(R"({"id":2,"op":5})") == "\"op\" must be text");
  CHECK(desk.why(R"({"id":3,"op":"fly"})") == "there is no op \"fly\" in this node");
  CHECK(desk.answered["error"]["hint"] == "there are add");
  CHECK(desk.answered["error"]["kind"] == "invalid");
  CHECK(desk.answered["id"] == 3);
  CHECK(desk.why(R"({"id":4,"op":"add","args":[1]})") == "\"args\" must be an object");
}

TEST_CASE("Wrong arguments are refused one by one, by name") {
  Desk desk;
  const auto why = [&](const std::string& arguments) {
    return desk.why(R"({"id":1,"op":"add","args":)" + arguments + "}");
  };
  CHECK(why(R"({"to":"x"})") == "\"count\" is missing");
  CHECK(why(R"({"count":"2","to":"x"})") == "\"count\" is \"2\", not a whole number");
  CHECK(why(R"({"count":2.5,"to":"x"})") == "\"count\" is 2.5, not a whole number");
  CHECK(why(R"({"count":11,"to":"x"})") == "\"count\" is 11, allowed are 1 to 10");
  CHECK(why(R"({"count":18446744073709551615,"to":"x"})") ==
        "\"count\" is 18446744073709551615, allowed are 1 to 10");
  CHECK(why(R"({"count":1,"to":""})") == "\"to\" is empty");
  CHECK(why(R"({"count":1,"to":4})") == "\"to\" is a number, not text");
  CHECK(why(R"({"count":1,"to":"x","share":"all"})") == "\"share\" is \"all\", not a number");
  CHECK(why(R"({"count":1,"to":"x","shar":1})") == "\"shar\" is no argument of it");
}

TEST_CASE("An operation may answer later, when other requests have come and gone") {
  Desk desk;
  Answer later;
  desk.dispatcher.add_slow("wait", [&](Arguments&, Answer answer) { later = std::move(answer); });
  desk.dispatcher.handle(R"({"id":1,"op":"wait"})");
  desk.dispatcher.handle(R"({"id":2,"op":"add","args":{"count":2,"to":"x"}})");
  CHECK(desk.answered["id"] == 2);
  later(Json{{"done", true}});
  CHECK(desk.answered["id"] == 1);
}

}  // namespace
}  // namespace splitsite::agent
