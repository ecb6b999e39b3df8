// The agent with its edge on fakes: what it asks of the host daemon, what it writes, and that
// storage which hangs holds up nothing but itself.
#include "topologies/reference/ha_agent/edge/agent.hpp"

#include <condition_variable>
#include <nlohmann/json.hpp>

#include "harness/time/eventually.hpp"
#include "scripts/testing/catch.hpp"
#include "topologies/reference/ha_agent/core/metadata.hpp"

namespace splitsite::reference::ha {
namespace {

using namespace std::chrono_literals;

// Two hosts' area in memory; can be made to fail, or to hang until it is let go.
class FakeDisk final : public Disk {
 public:
  Result<std::string> read() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !hanging_; });
    changed_.notify_all();
    if (failing_) return Error{.kind = ErrorKind::Unavailable, .why = "input/output error"};
    return area_;
  }
  Result<void> write(int host_id, const std::string& block) override {
    const std::lock_guard lock(mutex_);
    area_.replace(kBlockBytes * static_cast<std::size_t>(host_id), kBlockBytes, block);
    return success();
  }
  void hang(bool set) {
    const std::lock_guard lock(mutex_);
    hanging_ = set;
    changed_.notify_all();
  }
  void fail(bool set) {
    const std::lock_guard lock(mutex_);
    failing_ = set;
  }
  std::string block(int host_id) {
    const std::lock_guard lock(mutex_);
    return area_.substr(kBlockBytes * static_cast<std::size_t>(host_id), kBlockBytes);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string area_ = std::string(kBlockBytes * 3, '\0');
  bool hanging_ = false;
  bool failing_ = false;
};

class FakeDaemon final : public HostDaemon {
 public:
  Result<rpc::Reply> ask(const rpc::Request& request) override {
    if (std::holds_alternative<rpc::GetStats>(request)) return rpc::Reply(stats);
    asked.emplace_back(rpc::method_of(request));
    return rpc::Reply(rpc::Done{});
  }
  rpc::HostStats stats;
  std::vector<std::string> asked;
};

class FakeMembership final : public Membership {
 public:
  Result<bool> joined() override { return is_joined; }
  bool is_joined = true;
};

class FakeNode final : public Node {
 public:
  NodeReadings read(int) override { return {.memory_free = 1000}; }
  bool engine_page_answers() override { return page_answers; }
  void report(const std::string& json) override { last = nlohmann::json::parse(json); }
  bool page_answers = false;
  nlohmann::json last;
};

struct Rig {
  FakeDisk disk;
  FakeDaemon daemon;
  FakeMembership membership;
  FakeNode node;
  ManualClock clock;
  StorageThread storage{disk, 1, clock, 1ms, 30s};
  Agent agent{
      {.rules = {.host_id = 1, .engine_memory_mib = 160, .timers = timers_of(TimingConfig{})},
       .hostname = "host-a1"},
      {daemon, membership, node},
      storage,
      clock};

  Rig() {
    daemon.stats.storage = {.connected = true, .lun_visible = true, .lockspace_joined = true};
  }

  // Until the storage thread has read once more.
  void let_storage_work() {
    wait_for([this] { return storage.latest().area.has_value(); });
  }
  void wait_for(const std::function<bool()>& condition) {
    const auto done = eventually<std::monostate>(
        steady_clock(), {.what = "the storage thread", .bound = 20s, .every = 1ms},
        [&]() -> Probed<std::monostate> {
          if (condition()) return std::monostate();
          return NotYet{"not yet"};
        });
    REQUIRE(done);
  }
  void turns(int count) {
    for (int i = 0; i < count; ++i) {
      let_storage_work();
      clock.advance(agent.turn());
      refreshed();
    }
  }
  // The clock went on: the view must be younger again before the next turn.
  void refreshed() {
    wait_for([this] { return storage.latest().area.has_value() && storage.all_written(); });
  }
};

TEST_CASE("5.3 the agent starts the engine through its host daemon and tells the others") {
  Rig rig;
  rig.turns(12);
  REQUIRE(rig.daemon.asked.size() >= 1);
  CHECK(rig.daemon.asked[0] == "VM.create");
  const auto self = decode_host_block(1, rig.disk.block(1));
  REQUIRE(self);
  CHECK(self.value()->hostname == "host-a1");
  CHECK(rig.node.last["host_id"] == 1);
  CHECK(rig.node.last["storage_error"] == "");
}

TEST_CASE("5.3 the storage domain is joined before anything else") {
  Rig rig;
  rig.daemon.stats.storage = {.lun_visible = true};
  rig.let_storage_work();
  rig.agent.turn();
  CHECK(rig.daemon.asked == std::vector<std::string>{"StoragePool.connect"});
  CHECK(rig.agent.state().phase == Phase::StartState);
  CHECK(rig.node.last["storage_error"] == "the storage domain's lockspace is not joined");
}

TEST_CASE("5.3 nothing is written while the lockspace hosted-engine is not joined") {
  Rig rig;
  rig.membership.is_joined = false;
  rig.let_storage_work();
  rig.agent.turn();
  rig.agent.turn();
  CHECK(rig.disk.block(1) == std::string(kBlockBytes, '\0'));
  CHECK(rig.agent.state().phase == Phase::StartState);
}

TEST_CASE("5.3 storage that hangs does not hang the agent, which begins anew (BZ1583712)") {
  Rig rig;
  rig.turns(3);
  CHECK(rig.agent.state().phase == Phase::EngineDown);
  rig.disk.hang(true);
  rig.clock.advance(31s);
  rig.wait_for([&] { return !rig.storage.latest().area.has_value(); });
  rig.agent.turn();
  CHECK(rig.agent.state().phase == Phase::StartState);
  CHECK(rig.agent.state().storage_error.find("storage has not answered for") == 0);
  rig.disk.hang(false);
  rig.turns(3);
  CHECK(rig.agent.state().phase == Phase::EngineDown);
}

TEST_CASE("5.3 storage that fails is told with its error") {
  Rig rig;
  rig.turns(2);
  rig.disk.fail(true);
  rig.wait_for([&] { return !rig.storage.latest().area.has_value(); });
  rig.agent.turn();
  CHECK(rig.agent.state().storage_error.find("input/output error") != std::string::npos);
}

TEST_CASE("5.1 an agent told to end writes that it has stopped, with score 0") {
  Rig rig;
  rig.turns(3);
  rig.agent.stop();
  rig.wait_for([&] { return rig.storage.all_written(); });
  const auto self = decode_host_block(1, rig.disk.block(1));
  REQUIRE(self);
  CHECK(self.value()->stopped);
  CHECK(self.value()->score == 0);
  CHECK(rig.node.last["stopped"] == true);
}

TEST_CASE("5.2 the engine is healthy when its VM is up and its page answers") {
  Rig rig;
  rig.daemon.stats.vms = {{.vm = VmId("HostedEngine"), .status = rpc::VmPhase::Up, .pid = 4711}};
  rig.node.page_answers = true;
  rig.turns(4);
  CHECK(rig.agent.state().phase == Phase::EngineUp);
  CHECK(rig.node.last["engine_status"]["health"] == "good");
  CHECK(rig.daemon.asked.empty());
}

}  // namespace
}  // namespace splitsite::reference::ha
