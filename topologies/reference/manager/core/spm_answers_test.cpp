// The SPM search one answer at a time: the limits of fact 1.2, the table of fact 1.4 row by row,
// and what can go wrong with a planned move (fact 1.6).
#include <algorithm>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/core/spm_selection.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"

namespace splitsite::reference {
namespace {

using std::chrono::seconds;

// The core alone: host-a1 and host-b1 are Up, no SPM is cached, the answers are the test's.
struct PoolStory {
  PoolStory() : state(initial_state(SimulatedCluster::stretch_lab(), {}, now)) {
    for (const NodeId& host : {a1, b1}) {
      state.hosts.at(host).status = HostStatus::Up;
      state.hosts.at(host).storage = {.connected = true, .lockspace_joined = true, .error = ""};
    }
    for (auto& [name, host] : state.hosts) host.last_contact = now;
    state.pool.status = DataCenterStatus::Up;
    state.pool.master_domain = StorageDomainStatus::Active;
  }
  void ask(const Command& command) { feed(UserCommand(command)); }
  void feed(const Input& input) {
    Step result = step(std::move(state), input, now);
    state = std::move(result.state);
    reply = result.reply;
    for (Call& call : result.calls) {
      if (is_about_spm(call.request)) calls.push_back(std::move(call));
    }
  }
  static bool is_about_spm(const rpc::Request& request) {
    return std::holds_alternative<rpc::GetSpmStatus>(request) ||
           std::holds_alternative<rpc::StartSpm>(request) ||
           std::holds_alternative<rpc::StopSpm>(request);
  }
  void tick_after(Duration wait) {
    now += wait;
    feed(Tick{});
  }
  // Whom the Manager waits for; empty: nobody.
  std::string asked() const { return calls.empty() ? "" : calls.front().host.str(); }
  bool asked_to_stop() const {
    return !calls.empty() && std::holds_alternative<rpc::StopSpm>(calls.front().request);
  }
  bool asked_to_start() const {
    return !calls.empty() && std::holds_alternative<rpc::StartSpm>(calls.front().request);
  }
  void answer(std::variant<rpc::Reply, NetworkFailure> outcome) {
    REQUIRE_FALSE(calls.empty());
    const Call call = calls.front();
    calls.erase(calls.begin());
    feed(CallFinished{.call = call, .outcome = std::move(outcome)});
  }
  void refuse() { answer(rpc::Reply(rpc::Error{.code = 379, .message = "no"})); }
  void says(rpc::SpmRole role, int owner) {
    answer(rpc::Reply(rpc::SpmReport{.spm_status = role, .spm_id = owner}));
  }
  int count_events(int code) const {
    return static_cast<int>(
        std::count_if(state.events.begin(), state.events.end(),
                      [&](const AuditEvent& event) { return event.code == code; }));
  }

  const NodeId a1{"host-a1"};
  const NodeId b1{"host-b1"};
  Instant now{std::chrono::hours(1)};
  ClusterState state;
  std::optional<CommandReply> reply;
  std::vector<Call> calls;
};

// One row of the table of fact 1.4: host-b1 is asked and storage names host-a1 as the owner.
struct OwnedByA1 : PoolStory {
  explicit OwnedByA1(HostStatus status, int priority = 10) {
    HostState& owner = state.hosts.at(a1);
    owner.status = HostStatus::Maintenance;  // so that host-b1 is the only candidate
    tick_after(seconds(10));
    REQUIRE(asked() == "host-b1");
    owner.status = status;
    owner.spm_priority = priority;
    says(rpc::SpmRole::Free, 1);
  }
};

TEST_CASE("1.4 nobody owns the lease, or sanlock sees its owner dead: started, nothing else") {
  PoolStory story;
  story.state.hosts.at(story.a1).status = HostStatus::NonResponsive;
  story.tick_after(seconds(10));
  story.says(rpc::SpmRole::Free, -1);
  CHECK(story.asked() == "host-b1");
  CHECK(story.asked_to_start());
  CHECK(story.state.pool.status == DataCenterStatus::Contend);
  CHECK(story.state.spm_status(story.b1) == SpmStatus::Contending);
}

TEST_CASE("1.4 an owner that was confirmed to be rebooted is not asked") {
  PoolStory story;
  story.state.hosts.at(story.a1).status = HostStatus::NonResponsive;
  story.state.hosts.at(story.a1).fenced = true;
  story.tick_after(seconds(10));
  story.says(rpc::SpmRole::Free, 1);
  CHECK(story.asked_to_start());
}

TEST_CASE("1.4 a NonResponsive or Connecting owner stops the selection until the next refresh") {
  for (const HostStatus status : {HostStatus::NonResponsive, HostStatus::Connecting}) {
    OwnedByA1 story(status);
    CHECK(story.asked().empty());
    CHECK(story.state.pool.search == SpmSearch::Idle);
    CHECK(story.state.pool.status == DataCenterStatus::Problematic);
    story.tick_after(seconds(10));
    CHECK(story.asked() == "host-b1");
  }
}

TEST_CASE("1.4 an Up owner that says it is SPM is kept, and nobody is started") {
  OwnedByA1 story(HostStatus::Up);
  REQUIRE(story.asked() == "host-a1");
  story.says(rpc::SpmRole::Spm, 1);
  CHECK(story.asked().empty());
  CHECK(story.state.pool.spm == story.a1);
  CHECK(story.state.pool.status == DataCenterStatus::Up);
  CHECK(story.count_events(204) == 1);
}

TEST_CASE("1.4 an owner that says it is free makes way without a stop") {
  OwnedByA1 story(HostStatus::Up);
  story.says(rpc::SpmRole::Free, 1);
  CHECK(story.asked() == "host-b1");
  CHECK(story.asked_to_start());
}

TEST_CASE("1.4 a NonOperational SPM, or one that answers with an error, is stopped first") {
  for (const bool error : {false, true}) {
    OwnedByA1 story(error ? HostStatus::Up : HostStatus::NonOperational);
    REQUIRE(story.asked() == "host-a1");
    if (error) {
      story.refuse();
    } else {
      story.says(rpc::SpmRole::Spm, 1);
    }
    REQUIRE(story.asked_to_stop());
    story.answer(rpc::Reply(rpc::Done{}));
    CHECK(story.asked() == "host-b1");
    CHECK(story.asked_to_start());
  }
}

TEST_CASE("1.4 an owner that cannot be stopped stops the selection") {
  OwnedByA1 story(HostStatus::NonOperational);
  story.says(rpc::SpmRole::Spm, 1);
  REQUIRE(story.asked_to_stop());
  story.refuse();
  CHECK(story.asked().empty());
  CHECK(story.state.pool.search == SpmSearch::Idle);
}

TEST_CASE("1.4 an owner that may not be SPM, or is not Up, is stopped without a question") {
  OwnedByA1 never(HostStatus::Up, -1);
  CHECK(never.asked_to_stop());
  OwnedByA1 unassigned(HostStatus::Unassigned);
  CHECK(unassigned.asked_to_stop());
}

TEST_CASE("1.2 a start is polled every second; a failed one makes the next candidate's turn") {
  PoolStory story;
  story.tick_after(seconds(10));
  REQUIRE(story.asked() == "host-a1");
  story.says(rpc::SpmRole::Free, -1);
  story.answer(rpc::Reply(rpc::Done{}));
  CHECK(story.asked().empty());
  story.tick_after(seconds(1));
  REQUIRE(story.asked() == "host-a1");
  story.says(rpc::SpmRole::Contend, -1);
  story.tick_after(seconds(1));
  story.says(rpc::SpmRole::Free, -1);
  CHECK(story.asked() == "host-b1");
  CHECK_FALSE(story.state.pool.spm);
}

// SPMFailOverAttempts: three refreshes are forgiven while asynchronous tasks run, no more.
TEST_CASE("1.2 an SPM that lost its role is left alone three times while its tasks run") {
  for (const bool tasks : {true, false}) {
    PoolStory story;
    story.state.pool.spm = story.state.pool.proxy = story.a1;
    if (tasks) story.state.vms.at(VmId("vm-5")).lease_task = LeaseTask{.call = 9999};
    int refreshes = 0;
    while (story.state.pool.proxy && refreshes < 10) {
      story.tick_after(seconds(10));
      story.says(rpc::SpmRole::Free, 1);
      ++refreshes;
    }
    CHECK(refreshes == (tasks ? 4 : 1));
    CHECK(story.count_events(987) == 1);
  }
}

TEST_CASE("1.6 nobody is forced to be SPM while asynchronous tasks run: 409") {
  PoolStory story;
  story.state.pool.spm = story.state.pool.proxy = story.a1;
  story.state.vms.at(VmId("vm-5")).lease_task = LeaseTask{.call = 9999};
  story.ask(ForceSelectSpm{story.b1});
  CHECK(story.reply->status == 409);
  CHECK(story.reply->detail == "[Cannot force select SPM. The Storage Pool has running tasks.]");
  CHECK(story.calls.empty());
}

TEST_CASE("1.4 an SPM with uncleared tasks is not stopped: event 9030") {
  PoolStory story;
  story.state.pool.spm = story.state.pool.proxy = story.a1;
  story.state.vms.at(VmId("vm-5")).lease_task = LeaseTask{.call = 9999};
  story.state.hosts.at(story.a1).storage.error = "I/O error";
  story.state.pool.domain_problem = {.hosts = {story.a1}, .since = story.now};
  story.state.pool.next_refresh = story.now + std::chrono::hours(1);
  story.tick_after(std::chrono::minutes(5));
  CHECK(story.state.hosts.at(story.a1).status == HostStatus::NonOperational);
  CHECK(story.calls.empty());
  CHECK(story.count_events(9030) == 1);
  CHECK(story.count_events(27) == 1);
}

TEST_CASE("1.6 forceselectspm: Up, not the SPM, and not marked as never") {
  PoolStory story;
  story.state.pool.spm = story.state.pool.proxy = story.a1;
  story.ask(ForceSelectSpm{NodeId("host-b2")});
  CHECK(story.reply->detail == "[Cannot force select SPM. The Host host-b2 is not active.]");
  story.ask(ForceSelectSpm{story.a1});
  CHECK(story.reply->status == 409);
  story.state.hosts.at(story.b1).spm_priority = -1;
  story.ask(ForceSelectSpm{story.b1});
  CHECK(story.reply->status == 400);  // a constraint, in oVirt's words
  CHECK(story.calls.empty());
}

TEST_CASE("1.6 a forced selection that cannot stop the SPM: event 4096, and all stays") {
  for (const bool stops : {false, true}) {
    PoolStory story;
    story.state.pool.spm = story.state.pool.proxy = story.a1;
    story.ask(ForceSelectSpm{story.b1});
    REQUIRE(story.asked_to_stop());
    if (stops) {
      story.answer(rpc::Reply(rpc::Done{}));
    } else {
      story.refuse();
    }
    CHECK(story.count_events(4096) == (stops ? 0 : 1));
    CHECK(story.count_events(159) == (stops ? 1 : 0));
    CHECK((story.state.pool.spm == story.a1) == !stops);
    if (!stops) continue;
    story.tick_after(seconds(10));
    CHECK(story.asked() == "host-b1");  // the preferred one, although host-a1 ranks higher
  }
}

TEST_CASE("1.6 an SPM that cannot be stopped does not go into maintenance: event 27") {
  PoolStory story;
  story.state.pool.spm = story.state.pool.proxy = story.a1;
  story.ask(DeactivateHost{story.a1, ""});
  REQUIRE(story.asked_to_stop());
  story.refuse();
  CHECK(story.state.hosts.at(story.a1).status == HostStatus::Up);
  CHECK(story.count_events(27) == 1);
}

TEST_CASE(
    "1.6 an SPM that becomes NonOperational loses the role; 27 if not, and it is all the same") {
  for (const bool stops : {true, false}) {
    PoolStory story;
    story.state.pool.spm = story.state.pool.proxy = story.a1;
    story.state.hosts.at(story.a1).storage.error = "I/O error";
    story.state.pool.domain_problem = {.hosts = {story.a1}, .since = story.now};
    story.state.pool.next_refresh = story.now + std::chrono::hours(1);
    story.tick_after(std::chrono::minutes(5));
    CHECK(story.state.hosts.at(story.a1).status == HostStatus::NonOperational);
    REQUIRE(story.asked_to_stop());
    if (stops) {
      story.answer(rpc::Reply(rpc::Done{}));
    } else {
      story.answer(NetworkFailure::TimedOut);
    }
    CHECK(story.count_events(27) == (stops ? 0 : 1));
    CHECK(story.state.hosts.at(story.a1).status == HostStatus::NonOperational);
    CHECK(story.state.pool.proxy.has_value() == !stops);
  }
}

// WaitForVdsInitInSec: only for the host whose start failed last, and only while it initializes.
TEST_CASE("1.2 a candidate that failed and initializes is waited for, a minute at most") {
  for (const bool comes_back : {true, false}) {
    PoolStory story;
    story.state.pool.last_failed = story.a1;
    story.state.hosts.at(story.a1).status = HostStatus::Initializing;
    story.tick_after(seconds(10));
    CHECK(story.asked().empty());
    story.tick_after(seconds(30));
    CHECK(story.asked().empty());
    if (comes_back) story.state.hosts.at(story.a1).status = HostStatus::Up;
    story.tick_after(seconds(comes_back ? 10 : 31));
    CHECK(story.asked() == (comes_back ? "host-a1" : "host-b1"));
  }
}

TEST_CASE("1.2 the refresh asks every candidate, a command gives up after three") {
  for (const bool by_command : {true, false}) {
    PoolStory story;
    for (const char* name : {"host-a2", "host-b2"}) {
      story.state.hosts.at(NodeId(name)).status = HostStatus::Up;
    }
    if (by_command) {
      story.ask(EditVm{.vm = VmId("vm-1"), .lease = false});
    } else {
      story.tick_after(seconds(10));
    }
    int asked = 0;
    for (; !story.asked().empty() && asked < 10; ++asked) story.refuse();
    CHECK(asked == (by_command ? 3 : 4));
    CHECK(story.state.pool.search == SpmSearch::Idle);
    CHECK(story.state.pool.tried.empty());  // cleared at the end of every command
  }
}

// oVirt keeps storage_pool.spm_vds_id in its database and the proxy in memory only.
TEST_CASE("1.5 stuck ends with a Manager that starts again: it has no proxy and selects anew") {
  PoolStory story;
  story.state.dead_spm = DeadSpm::Stuck;
  story.state.pool.spm = story.a1;
  story.state.hosts.at(story.a1).status = HostStatus::NonResponsive;
  for (const bool proxy_cached : {true, false}) {
    story.calls.clear();
    story.state.pool.proxy = proxy_cached ? std::optional(story.a1) : std::nullopt;
    story.tick_after(seconds(10));
    if (proxy_cached) {
      REQUIRE(story.asked() == "host-a1");
      story.answer(NetworkFailure::TimedOut);
      CHECK(story.asked().empty());
      CHECK(story.state.pool.spm == story.a1);
    } else {
      REQUIRE(story.asked() == "host-b1");
      story.says(rpc::SpmRole::Free, -1);  // sanlock sees the old one dead
      CHECK(story.asked_to_start());
    }
  }
}

}  // namespace
}  // namespace splitsite::reference
