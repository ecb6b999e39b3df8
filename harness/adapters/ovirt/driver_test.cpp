// The driver against a scripted engine on loopback: what it sends, how it logs in, and what becomes
// of every way in which an answer can fail to come.
#include "harness/adapters/ovirt/driver.hpp"

#include <httplib.h>

#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

#include "scripts/testing/catch.hpp"

using namespace splitsite;
using namespace splitsite::ovirt;
using namespace std::chrono_literals;

namespace {

constexpr const char* token_path = "/ovirt-engine/sso/oauth/token";

std::string sample(const std::string& name) {
  std::ifstream file(SPLITSITE_SOURCE_DIR "/harness/adapters/ovirt/testdata/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Knows one token at a time; `forget` is what an engine's restart does.
class ScriptedEngine {
 public:
  ScriptedEngine() {
    server_.Post(token_path, [this](const auto& request, auto& response) {
      const std::lock_guard lock(mutex_);
      last_form_ = request.body;
      if (request.get_param_value("password") != "s&cret=ü") {
        response.status = 400;
        response.set_content(R"({"error":"access_denied","error_code":"access_denied"})",
                             "application/json");
        return;
      }
      token_ = "token-" + std::to_string(++logins_);
      response.set_content("{\"access_token\":\"" + token_ + "\",\"token_type\":\"bearer\"}",
                           "application/json");
    });
    server_.set_pre_routing_handler([this](const auto& request, auto& response) {
      const std::lock_guard lock(mutex_);
      ports_.insert(request.remote_port);
      last_headers_ = request.headers;
      last_target_ = request.target;
      last_body_ = request.body;
      const bool in_api = request.path.starts_with("/ovirt-engine/api");
      if (!in_api || request.get_header_value("Authorization") == "Bearer " + token_) {
        return httplib::Server::HandlerResponse::Unhandled;
      }
      response.status = 401;
      return httplib::Server::HandlerResponse::Handled;
    });
    server_.set_keep_alive_max_count(1000);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::jthread([this] { server_.listen_after_bind(); });
  }
  ~ScriptedEngine() { server_.stop(); }

  void answer(const std::string& path, int status, const std::string& body) {
    server_.Get("/ovirt-engine/api" + path, [status, body](const auto&, auto& response) {
      response.status = status;
      response.set_content(body, "application/xml");
    });
  }
  void answer_action(const std::string& path, int status, const std::string& body) {
    const auto act = [this, status, body](const httplib::Request& request,
                                          httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      last_body_ = request.body;
      response.status = status;
      response.set_content(body, "application/xml");
    };
    server_.Post("/ovirt-engine/api" + path, act);
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    token_ = "none";
  }
  EngineAccess access() const {
    return {.url = "http://127.0.0.1:" + std::to_string(port_),
            .password = "s&cret=ü",
            .connect_timeout = 1s,
            .request_timeout = 2s,
            .action_timeout = 2s};
  }

  httplib::Server server_;
  std::mutex mutex_;
  int port_ = 0;
  int logins_ = 0;
  std::string token_ = "none";
  std::string last_form_;
  std::string last_target_;
  std::string last_body_;
  httplib::Headers last_headers_;
  std::set<int> ports_;
  std::jthread thread_;
};

std::string header(const httplib::Headers& headers, const std::string& name) {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

}  // namespace

TEST_CASE("logs in once, over one connection, with the form fields escaped") {
  ScriptedEngine engine;
  engine.answer("/hosts", 200, sample("hosts.xml"));
  OvirtCluster cluster(engine.access());
  for (int i = 0; i < 5; ++i) REQUIRE(cluster.hosts());
  CHECK(engine.logins_ == 1);
  CHECK(engine.ports_.size() == 1);
  CHECK(engine.last_form_ ==
        "grant_type=password&scope=ovirt-app-api&username=admin%40internal&"
        "password=s%26cret%3D%C3%BC");
  CHECK(header(engine.last_headers_, "Version") == "4");
  CHECK(header(engine.last_headers_, "Accept") == "application/xml");
  CHECK(header(engine.last_headers_, "Correlation-Id").starts_with("splitsite-"));
}

TEST_CASE("logs in again when the engine has forgotten the token") {
  ScriptedEngine engine;
  engine.answer("/hosts", 200, sample("hosts.xml"));
  OvirtCluster cluster(engine.access());
  REQUIRE(cluster.hosts());
  engine.forget();
  REQUIRE(cluster.hosts());
  CHECK(engine.logins_ == 2);
}

TEST_CASE("a wrong password is refused with the engine's words, and not tried again") {
  ScriptedEngine engine;
  EngineAccess access = engine.access();
  access.password = "wrong";
  OvirtCluster cluster(access);
  const auto hosts = cluster.hosts();
  REQUIRE_FALSE(hosts);
  CHECK(hosts.error().kind == ErrorKind::Refused);
  CHECK(hosts.error().message().find("log in as admin@internal") != std::string::npos);
  CHECK(hosts.error().why.find("access_denied") != std::string::npos);
}

TEST_CASE("VM and event references are turned into names") {
  ScriptedEngine engine;
  engine.answer("/hosts", 200, sample("hosts.xml"));
  engine.answer("/vms", 200, sample("vms.xml"));
  engine.answer("/events", 200, sample("events.xml"));
  OvirtCluster cluster(engine.access());
  const auto vms = cluster.vms();
  REQUIRE(vms);
  CHECK(vms.value()[0].host == NodeId("kvm-a1.example.com"));
  CHECK_FALSE(vms.value()[1].host);
  CHECK(vms.value()[2].host == NodeId("kvm-b1.example.com"));
  const auto events = cluster.events(10419);
  REQUIRE(events);
  CHECK(engine.last_target_ == "/ovirt-engine/api/events?from=10419");
  REQUIRE(events.value().size() == 1);
  CHECK(events.value()[0].vm == VmId("database & queue"));
  CHECK(events.value()[0].host == NodeId("kvm-a1.example.com"));
}

TEST_CASE("the data center is the one in use, or the one named") {
  ScriptedEngine engine;
  engine.answer("/datacenters", 200, sample("data_centers.xml"));
  engine.answer("/datacenters/11c37ce4-6e0a-11ee-93b2-0242ac120002/storagedomains", 200,
                sample("storage_domains.xml"));
  OvirtCluster cluster(engine.access());
  CHECK(cluster.data_center().value().name == "Metro");
  CHECK(cluster.storage_domains().value().size() == 2);
  EngineAccess named = engine.access();
  named.data_center = "Nowhere";
  const auto missing = OvirtCluster(named).data_center();
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::Invalid);
}

TEST_CASE("actions are posted to the object's id; migration names its host") {
  ScriptedEngine engine;
  engine.answer("/hosts", 200, sample("hosts.xml"));
  engine.answer("/vms", 200, sample("vms.xml"));
  const std::string host = "/hosts/6d6f04b0-2b32-4d0c-8a0c-7a5d0b7fd201";
  const std::string vm = "/vms/bbe98225-5b73-490d-a252-899209af17e9";
  const std::string done = sample("action_complete.xml");
  for (const char* action : {"/activate", "/deactivate", "/forceselectspm"}) {
    engine.answer_action(host + action, 200, done);
  }
  for (const char* action : {"/start", "/shutdown", "/migrate"}) {
    engine.answer_action(vm + action, 200, done);
  }
  OvirtCluster cluster(engine.access());
  const NodeId host_b1("kvm-b1.example.com");
  CHECK(cluster.activate(host_b1));
  CHECK(cluster.deactivate(host_b1));
  CHECK(cluster.force_select_spm(host_b1));
  CHECK(engine.last_body_ == "<action/>");
  CHECK(cluster.start(VmId("scratch")));
  CHECK(cluster.shutdown(VmId("scratch")));
  CHECK(cluster.migrate(VmId("scratch"), host_b1));
  CHECK(engine.last_body_ ==
        "<action><host id=\"6d6f04b0-2b32-4d0c-8a0c-7a5d0b7fd201\"/></action>");
}

TEST_CASE("a refused action says what was attempted, on what, and the engine's reason") {
  ScriptedEngine engine;
  engine.answer("/vms", 200, sample("vms.xml"));
  const std::string vm = "/vms/bbe98225-5b73-490d-a252-899209af17e9";
  engine.answer_action(vm + "/start", 409, sample("fault.xml"));
  engine.answer_action(vm + "/shutdown", 200, sample("action_failed.xml"));
  OvirtCluster cluster(engine.access());
  const auto started = cluster.start(VmId("scratch"));
  REQUIRE_FALSE(started);
  CHECK(started.error().kind == ErrorKind::Refused);
  CHECK(
      started.error().message().starts_with("could not start scratch (because it could not POST "));
  CHECK(started.error().message().find("HTTP 409: Operation Failed: [Cannot run VM") !=
        std::string::npos);
  CHECK_FALSE(cluster.shutdown(VmId("scratch")));
  const auto missing = cluster.start(VmId("vm-99"));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().kind == ErrorKind::Invalid);
}

TEST_CASE("error pages, silence and a dead engine are told apart") {
  ScriptedEngine engine;
  engine.answer("/hosts", 503, sample("error_page.html"));
  engine.server_.Get("/ovirt-engine/api/vms", [](const auto&, auto& response) {
    steady_clock().pause(1s);
    response.set_content("<vms/>", "application/xml");
  });
  EngineAccess access = engine.access();
  access.request_timeout = 300ms;
  OvirtCluster cluster(access);
  const auto page = cluster.hosts();
  REQUIRE_FALSE(page);
  CHECK(page.error().kind == ErrorKind::Unavailable);
  CHECK(page.error().why == "HTTP 503: page \"503 Service Unavailable\"");
  const auto silence = cluster.vms();
  REQUIRE_FALSE(silence);
  CHECK(silence.error().kind == ErrorKind::TimedOut);
  EngineAccess nobody = access;
  nobody.url = "http://127.0.0.1:1";
  const auto dead = OvirtCluster(nobody).hosts();
  REQUIRE_FALSE(dead);
  CHECK(dead.error().kind == ErrorKind::Unavailable);
}

TEST_CASE("an engine's URL may be given with its path") {
  ScriptedEngine engine;
  engine.answer("/hosts", 200, "<hosts/>");
  for (const char* path : {"/", "/ovirt-engine", "/ovirt-engine/api", "/ovirt-engine/api/"}) {
    EngineAccess access = engine.access();
    access.url += path;
    CHECK(OvirtCluster(access).hosts());
  }
}
