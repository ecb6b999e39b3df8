#include "topologies/reference/hostd/fence_service.hpp"

#include "scripts/testing/catch.hpp"
#include "topologies/reference/hostd/fakes/fake_fence_agents.hpp"
#include "topologies/reference/hostd/fakes/fake_leases.hpp"

namespace splitsite::reference::hostd {
namespace {

struct Proxy {
  FakeStorage storage;
  FakeFenceAgents agents;
  FenceService service{"stretch", storage, agents};
  rpc::FenceNode request{.address = "10.77.0.10",
                         .port = "host-a1",
                         .agent = "splitsite",
                         .username = "admin",
                         .password = "secret",
                         .action = "off",
                         .options = "ipport=7300",
                         .lease_ids = {}};

  rpc::Reply ends_with(int exit_code) {
    agents.answer = AgentOutcome{.exit_code = exit_code, .words = "no luck"};
    return service.fence(request);
  }
};

int code_of(const rpc::Reply& reply) { return std::get<rpc::Error>(reply).code; }

TEST_CASE("A fence agent is given its options by name, a line each") {
  Proxy proxy;
  proxy.ends_with(0);
  CHECK(proxy.agents.programs == std::vector<std::string>{"fence_splitsite"});
  CHECK(proxy.agents.last_input ==
        "agent=fence_splitsite\nipaddr=10.77.0.10\nlogin=admin\naction=off\npasswd=secret\n"
        "port=host-a1\nipport=7300\n");
}

TEST_CASE("A status is the agent's exit code: 0 on, 2 off, anything else unknown") {
  Proxy proxy;
  proxy.request.action = "status";
  CHECK(std::get<rpc::FenceReport>(proxy.ends_with(0)).power == "on");
  CHECK(std::get<rpc::FenceReport>(proxy.ends_with(2)).power == "off");
  CHECK(std::get<rpc::Error>(proxy.ends_with(1)).message ==
        "fence_splitsite status ended with 1: no luck");
}

TEST_CASE("A change is initiated when the agent says so, and only then") {
  Proxy proxy;
  CHECK(std::get<rpc::FenceReport>(proxy.ends_with(0)).operation == "initiated");
  CHECK(std::holds_alternative<rpc::Error>(proxy.ends_with(2)));
}

TEST_CASE("An agent that is not there, and an action there is not, are VDSM's errors") {
  Proxy proxy;
  proxy.agents.answer = Error{.kind = ErrorKind::Unavailable, .attempted = "start"};
  CHECK(code_of(proxy.service.fence(proxy.request)) == static_cast<int>(rpc::Code::FenceAgent));
  proxy.request.agent = "../sh";
  CHECK(code_of(proxy.ends_with(0)) == static_cast<int>(rpc::Code::FenceAgent));
  proxy.request.agent = "splitsite";
  proxy.request.action = "explode";
  CHECK(code_of(proxy.ends_with(0)) == static_cast<int>(rpc::Code::MissingParameter));
  CHECK(proxy.agents.programs.size() == 1);
}

TEST_CASE("3.2 step 7: a host that renews its lease is not fenced, its status may be asked") {
  Proxy proxy;
  proxy.request.lease_ids = {{"stretch", 1}};
  proxy.storage.owner = HostOnStorage{.generation = 1, .liveness = HostLiveness::Live};
  CHECK(std::get<rpc::FenceReport>(proxy.ends_with(0)).operation == "skipped");
  CHECK(proxy.agents.programs.empty());
  proxy.request.action = "status";
  CHECK(std::get<rpc::FenceReport>(proxy.ends_with(0)).power == "on");
}

TEST_CASE("3.2 step 7: a lease that fails, is unknown or is of another domain protects nobody") {
  Proxy proxy;
  proxy.request.lease_ids = {{"stretch", 1}};
  proxy.storage.owner = HostOnStorage{.generation = 1, .liveness = HostLiveness::Fail};
  CHECK(std::get<rpc::FenceReport>(proxy.ends_with(0)).operation == "initiated");
  proxy.storage.owner = HostUndecided{};
  CHECK(std::get<rpc::FenceReport>(proxy.ends_with(0)).operation == "initiated");
  proxy.storage.owner = HostOnStorage{.generation = 1, .liveness = HostLiveness::Live};
  proxy.request.lease_ids = {{"other", 1}};
  CHECK(std::get<rpc::FenceReport>(proxy.ends_with(0)).operation == "initiated");
}

}  // namespace
}  // namespace splitsite::reference::hostd
