// Fact 7.1 over TLS on loopback: what every client does before it uses the API, and how it is
// turned away.
#include <httplib.h>

#include <nlohmann/json.hpp>

#include "topologies/reference/manager/api/engine_fixture.hpp"

using namespace splitsite;
using namespace splitsite::reference;
using namespace std::chrono_literals;

namespace {

struct Client {
  explicit Client(const Engine& engine) : http("127.0.0.1", engine.server->port()) {
    http.set_ca_cert_path(engine.ca_file.c_str());
    http.enable_server_certificate_verification(true);
  }
  nlohmann::json sign_on(const std::string& address, const httplib::Params& form, int status) {
    const auto answer = http.Post("/ovirt-engine/sso/oauth/" + address, json_wanted, form);
    REQUIRE(answer);
    CHECK(answer->status == status);
    return nlohmann::json::parse(answer->body, nullptr, false);
  }
  httplib::Result api(const std::string& path, const httplib::Headers& headers) {
    auto answer = http.Get("/ovirt-engine/api" + path, headers);
    REQUIRE(answer);
    return answer;
  }

  httplib::Headers json_wanted = {{"Accept", "application/json"}};
  httplib::SSLClient http;
};

const httplib::Params right = {{"grant_type", "password"},
                               {"scope", "ovirt-app-api"},
                               {"username", "admin@internal"},
                               {"password", "splitsite"}};

httplib::Headers bearer(const std::string& token) { return {{"Authorization", "Bearer " + token}}; }

const httplib::Headers basic = {
    httplib::make_basic_authentication_header("admin@internal", "splitsite")};

}  // namespace

TEST_CASE("7.1 services beside the API need no login") {
  Engine engine;
  Client client(engine);
  const auto health = client.http.Get("/ovirt-engine/services/health");
  REQUIRE(health);
  CHECK(health->body == "DB Up!Welcome to Health Status!");
  const std::string pki = "/ovirt-engine/services/pki-resource?resource=";
  const auto ca = client.http.Get(pki + "ca-certificate&format=X509-PEM-CA");
  REQUIRE(ca);
  CHECK(ca->body == engine.server->ca_pem());
  CHECK(client.http.Get(pki + "other")->status == 404);
  CHECK(client.http.Get("/elsewhere")->status == 404);
}

TEST_CASE("7.1 without a login, with a wrong one or an expired one: 401 as oVirt words it") {
  Engine engine;
  Client client(engine);
  const auto closed = client.api("/hosts", {});
  CHECK(closed->status == 401);
  CHECK(closed->get_header_value("WWW-Authenticate") == "Basic realm=\"RESTAPI\"");
  CHECK(closed->get_header_value("Content-Type") == "text/html;charset=UTF-8");
  CHECK(closed->body == "<html><head><title>Error</title></head><body>Unauthorized</body></html>");
  CHECK(client.api("/hosts", bearer("made-up"))->body.find("invalid_grant") != std::string::npos);
  const httplib::Headers wrong = {httplib::make_basic_authentication_header("admin@internal", "x")};
  const auto denied = client.api("/hosts", wrong);
  CHECK(denied->status == 401);
  CHECK(denied->body.find("access_denied: Cannot authenticate user") != std::string::npos);
  const std::string token = client.sign_on("token", right, 200)["access_token"];
  CHECK(client.api("/hosts", bearer(token))->status == 200);
  engine.clock.advance(31min);
  CHECK(client.api("/hosts", bearer(token))->status == 401);
}

TEST_CASE("7.1 a token is granted for the right password, told about, and given back") {
  Engine engine;
  Client client(engine);
  const auto granted = client.sign_on("token", right, 200);
  CHECK(granted["token_type"] == "bearer");
  CHECK(granted["scope"] == "ovirt-app-api");
  CHECK(granted["exp"].is_string());
  const std::string token = granted["access_token"];
  const httplib::Params asked = {{"token", token}, {"client_id", "c"}, {"client_secret", "s"}};
  CHECK(client.sign_on("token-info", asked, 200)["user_id"] == "admin@internal");
  const httplib::Params check = {{"token", token}, {"scope", "ovirt-ext=token-info:validate"}};
  CHECK(client.sign_on("token-info", check, 200).empty());
  CHECK(client.sign_on("revoke", asked, 200).empty());
  CHECK(client.sign_on("token-info", check, 400)["error"] == "invalid_grant");
  CHECK(client.api("/vms", bearer(token))->status == 401);
  const std::string other = client.sign_on("token", right, 200)["access_token"];
  const httplib::Params out = {{"scope", "ovirt-app-api"}, {"token", other}};
  CHECK(client.http.Post("/ovirt-engine/services/sso-logout", out)->status == 200);
  CHECK(client.api("/vms", bearer(other))->status == 401);
}

TEST_CASE("7.1 what the single sign-on refuses") {
  Engine engine;
  Client client(engine);
  const auto with = [](const std::string& name, const std::string& value) {
    httplib::Params form = right;
    form.erase(name);
    form.emplace(name, value);
    return form;
  };
  const auto denied = client.sign_on("token", with("password", "wrong"), 400);
  CHECK(denied["error_code"] == "access_denied");
  CHECK(denied["error"].get<std::string>().find("'admin@internal'") != std::string::npos);
  CHECK(client.sign_on("token", with("username", "admin"), 400)["error_code"] == "access_denied");
  // Another scope than the API's is told in OAuth's own form.
  const auto odd =
      client.sign_on("token", {{"grant_type", "client_credentials"}, {"scope", "openid"}}, 400);
  CHECK(odd["error"] == "unsupported_grant_type");
  CHECK(odd.contains("error_description"));
  CHECK(client.sign_on("revoke", {{"token", "x"}}, 400)["error_description"] ==
        "Missing parameter: 'client_id'");
  CHECK(client.http.Post("/ovirt-engine/sso/oauth/token", right)->status == 400);  // no Accept
  CHECK(client.http.Get("/ovirt-engine/sso/oauth/token-http-auth")->status == 401);
}

TEST_CASE("7.1 a persistent session goes on by its cookie and ends with the Manager") {
  std::optional<Engine> engine;
  const Directory directory;
  engine.emplace(std::uint16_t{0}, directory.path);
  const std::uint16_t port = engine->server->port();
  std::string cookie;
  {
    Client client(*engine);
    httplib::Headers first = basic;
    first.emplace("Prefer", "persistent-auth");
    const std::string set = client.api("/vms", first)->get_header_value("Set-Cookie");
    CHECK(set.find("; path=/ovirt-engine/api; secure; HttpOnly") != std::string::npos);
    cookie = set.substr(0, set.find(';'));
    CHECK(cookie.starts_with("JSESSIONID="));
    const httplib::Headers again = {{"Cookie", "a=b; " + cookie}, {"Prefer", "persistent-auth"}};
    CHECK(client.api("/vms", again)->status == 200);
    engine->clock.advance(31min);
    CHECK(client.api("/vms", again)->status == 401);
    cookie = client.api("/vms", first)->get_header_value("Set-Cookie");
    cookie = cookie.substr(0, cookie.find(';'));
    CHECK_FALSE(client.api("/vms", basic)->has_header("Set-Cookie"));
  }
  engine.reset();
  engine.emplace(port, directory.path);
  Client client(*engine);
  const httplib::Headers old = {{"Cookie", cookie}, {"Prefer", "persistent-auth"}};
  CHECK(client.api("/vms", old)->status == 401);
}

TEST_CASE("7.1 version 4 in header or path, the correlation id back, media types over HTTP") {
  Engine engine;
  Client client(engine);
  const auto with = [](std::initializer_list<std::pair<const char*, const char*>> more) {
    httplib::Headers headers = basic;
    for (const auto& [name, value] : more) headers.emplace(name, value);
    return headers;
  };
  CHECK(client.api("", basic)->status == 200);
  CHECK(client.api("/", basic)->status == 200);
  CHECK(client.api("/v4/hosts", basic)->status == 200);
  CHECK(client.api("/v3/hosts", basic)->status == 400);
  CHECK(client.api("/hosts", with({{"Version", "4"}}))->status == 200);
  CHECK(client.api("/hosts", with({{"Version", "3"}}))->status == 400);
  CHECK(client.api("/hosts", with({{"Correlation-Id", "drill-7"}}))
            ->get_header_value("Correlation-Id") == "drill-7");
  CHECK(client.api("/hosts?correlation_id=q", basic)->get_header_value("Correlation-Id") == "q");
  CHECK(client.api("/hosts", basic)->get_header_value("Correlation-Id").size() == 36);
  CHECK(client.api("/hosts", with({{"Accept", "text/html"}}))->status == 406);
  CHECK(client.api("/hosts", with({{"Accept", "application/json"}}))->body.starts_with("{"));
  CHECK(client.api("/hosts", with({{"All-Content", "true"}}))->body.find("<hosted_engine>") !=
        std::string::npos);
  CHECK(client.http.Put("/ovirt-engine/api/hosts/x", basic, "a=b", "text/plain")->status == 415);
  CHECK(client.http.Head("/ovirt-engine/api", basic)->get_header_value("Link").find("rel=vms") !=
        std::string::npos);
  CHECK(client.http.Options("/ovirt-engine/api/vms", basic)->get_header_value("Allow") ==
        "GET, HEAD, OPTIONS");
}
