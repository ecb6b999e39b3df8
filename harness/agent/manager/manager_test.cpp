// The kind api.proxy with a stand-in for its program: starts, refuses, answers, and ends with it.
// What the real program does is tested beside it, in topologies/reference/api_proxy.
#include <signal.h>

#include <fstream>

#include "harness/agent/manager/api_proxy.hpp"
#include "harness/agent/testing.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

struct Node {
  testing::Folder folder;
  std::unique_ptr<EventLoop> loop = std::move(EventLoop::create().value());
  ApiProxySetting setting{.program = folder.path / "proxy",
                          .status = folder.path / "status.json",
                          .certificates = folder.path};

  // The program is this shell text.
  explicit Node(const std::string& text) {
    std::ofstream(setting.program) << "#!/bin/sh\n" << text << "\n";
    std::filesystem::permissions(setting.program, std::filesystem::perms::owner_all);
  }
  Json later(ApiProxy& proxy, const Json& arguments) {
    std::optional<Result<Json>> answered;
    proxy.observe_later(arguments, [&](Result<Json> result) { answered.emplace(result); });
    testing::run_until(*loop, [&] { return answered.has_value(); });
    if (!answered) return "no answer";
    return *answered ? answered->value() : Json(answered->error().message());
  }
};

const Json kArguments{{"address", "10.77.0.31"}, {"treatment", {{"mode", "reset"}}}};

TEST_CASE("The proxy stands when its program says so, is seen, and goes when taken back") {
  Node node(R"(echo '{"moved":2,"in_force":true}' > "$(dirname "$0")/status.json"
    echo '{"in_force":true,"moved":2}'; exec sleep 60)");
  ApiProxy proxy(*node.loop, node.setting);
  CHECK(proxy.observe(Json::object()).value() == Json{{"in_force", false}});
  Json remembered = proxy.prepare(kArguments).value();
  const auto applied = proxy.apply(kArguments, remembered);
  REQUIRE(applied);
  CHECK(applied.value().at("moved") == 2);
  CHECK(proxy.observe(Json::object()).value().at("in_force") == true);
  const auto second = proxy.prepare(kArguments);
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::Conflict);

  const auto pid = remembered.at("pid").get<pid_t>();
  CHECK(::kill(pid, 0) == 0);
  CHECK(proxy.revert(remembered));
  CHECK(::kill(pid, 0) != 0);
  CHECK(proxy.revert(remembered));
  CHECK_FALSE(std::filesystem::exists(node.setting.status));
}

TEST_CASE("A proxy that cannot stand says why, and nothing is left of it") {
  Node node(R"(echo '{"in_force":false,"why":"nobody listens there"}'; exit 1)");
  ApiProxy proxy(*node.loop, node.setting);
  Json remembered = Json::object();
  const auto applied = proxy.apply(kArguments, remembered);
  REQUIRE_FALSE(applied);
  CHECK_THAT(applied.error().message(), Catch::Contains("nobody listens there"));
  CHECK(proxy.revert(remembered));
}

TEST_CASE("A program that is not there, or ends without a word, is an error") {
  Node node("exit 1");
  ApiProxy silent(*node.loop, node.setting);
  Json remembered = Json::object();
  CHECK_FALSE(silent.apply(kArguments, remembered));
  node.setting.program += ".gone";
  ApiProxy missing(*node.loop, node.setting);
  CHECK_FALSE(missing.apply(kArguments, remembered));
}

TEST_CASE("Only the Manager's node stands in for the API, and only with whole arguments") {
  Node node("exit 1");
  node.setting.manager_here = false;
  ApiProxy proxy(*node.loop, node.setting);
  CHECK_THAT(proxy.prepare(kArguments).error().message(), Catch::Contains("not in this node"));
  CHECK(proxy.prepare({{"address", "x"}}).error().kind == ErrorKind::Invalid);
}

TEST_CASE("What a client sees comes later, without holding up the agent") {
  Node node(R"(echo '{"answers":[{"outcome":"answered"}],"given":"'"$*"'"}')");
  ApiProxy proxy(*node.loop, node.setting);
  const Json answer =
      node.later(proxy, {{"ask", {{"address", "10.77.0.31"}, {"count", 2}, {"timeout_ms", 500}}}});
  REQUIRE(answer.is_object());
  CHECK(answer.at("answers")[0].at("outcome") == "answered");
  CHECK(answer.at("given") == "ask --address 10.77.0.31 --port 443 --count 2 --timeout-ms 500");
  CHECK_THAT(node.later(proxy, {{"ask", {{"count", 2}}}}).get<std::string>(),
             Catch::Contains("address"));
  Node noise("echo what");
  ApiProxy confused(*noise.loop, noise.setting);
  CHECK_THAT(noise.later(confused, {{"ask", {{"address", "10.77.0.31"}}}}).get<std::string>(),
             Catch::Contains("it said: what"));
}

}  // namespace
}  // namespace splitsite::agent
