// Changes of a replica: which program is run when, and when none is.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "harness/agent/disks/replica_changes.hpp"
#include "harness/agent/testing.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

class FakeTool final : public ReplicaTool {
 public:
  std::vector<std::string> ran;
  bool fails = false;

  Result<void> run(const Words& command) override {
    ran.push_back(text(command));
    if (!fails) return success();
    return Error{.kind = ErrorKind::Refused, .attempted = "run", .subject = ran.back()};
  }
  Result<void> begin(const Words& command) override {
    ran.push_back("begin " + text(command));
    return success();
  }

 private:
  static std::string text(const Words& words) {
    std::string all;
    for (const auto& word : words) all += (all.empty() ? "" : " ") + word;
    return all;
  }
};

struct Bed {
  FakeTool tool;
  Result<DrbdStatus> status = DrbdStatus{.connection = "Connected",
                                         .role = "Primary",
                                         .peer_role = "Primary",
                                         .disk = "UpToDate",
                                         .peer_disk = "UpToDate"};
  ReadDrbd read() {
    return [this] { return status; };
  }
  Result<void> apply(Change& change) {
    SPLITSITE_TRY(Json remembered, change.prepare(Json::object()));
    SPLITSITE_TRY_VOID(change.apply(Json::object(), remembered));
    return success();
  }
};

TEST_CASE("A pause is made, and ended only if it is there") {
  Bed bed;
  const auto pause = make_replica_pause(bed.tool, bed.read());
  REQUIRE(bed.apply(*pause));
  REQUIRE(pause->revert(Json::object()));  // it has not come into force, or a reboot ended it
  bed.status.value().paused_here = true;
  CHECK(pause->observe(Json::object()).value()["paused_here"] == true);
  REQUIRE(pause->revert(Json::object()));
  CHECK(bed.tool.ran ==
        std::vector<std::string>{"drbdsetup pause-sync 0", "drbdsetup resume-sync 0"});
  CHECK(pause->prepare(Json::object()).error().kind == ErrorKind::Conflict);
}

TEST_CASE("A disk is taken from a replica that has a good peer, and given back if it is gone") {
  Bed bed;
  const auto detach = make_replica_detach(bed.tool, bed.read());
  REQUIRE(bed.apply(*detach));
  REQUIRE(detach->revert(Json::object()));  // still there
  bed.status.value().disk = "Diskless";
  REQUIRE(detach->revert(Json::object()));
  CHECK(bed.tool.ran == std::vector<std::string>{"drbdsetup detach 0", "begin drbdadm attach r0"});
  bed.status.value().disk = "UpToDate";
  bed.status.value().peer_disk = "Inconsistent";
  CHECK(detach->prepare(Json::object()).error().kind == ErrorKind::Conflict);
}

TEST_CASE("A copy is thrown away only while the peer's is good, and nothing undoes that") {
  Bed bed;
  const auto outdate = make_replica_outdate(bed.tool, bed.read());
  REQUIRE(bed.apply(*outdate));
  REQUIRE(outdate->revert(Json::object()));
  CHECK(bed.tool.ran == std::vector<std::string>{"drbdsetup invalidate 0"});
  bed.status.value().connection = "WFConnection";
  CHECK(outdate->prepare(Json::object()).has_error());
}

TEST_CASE("A node that was booted anew mends its replica by itself") {
  Bed bed;
  const auto attach = make_replica_attach(bed.tool, bed.read());
  bed.status = Error{.kind = ErrorKind::Unavailable, .attempted = "read", .subject = "/proc/drbd"};
  REQUIRE(attach->revert(Json::object()));
  CHECK(bed.tool.ran.empty());
  CHECK(attach->prepare(Json::object()).has_error());
}

TEST_CASE("What DRBD refuses is an error with its words") {
  Bed bed;
  bed.tool.fails = true;
  CHECK(bed.apply(*make_replica_detach(bed.tool, bed.read())).has_error());

  auto loop = std::move(EventLoop::create().value());
  const testing::Folder folder;
  DrbdTool tool(*loop, (folder.path / "log").string());
  CHECK(tool.run({"true"}).has_value());
  const auto failed = tool.run({"sh", "-c", "echo first; echo second >&2; exit 10"});
  REQUIRE(failed.has_error());
  CHECK(failed.error().why == "first second");
  CHECK(tool.run({"/nowhere/drbdsetup"}).has_error());
}

TEST_CASE("What is begun runs once at a time, and its words are kept") {
  auto loop = std::move(EventLoop::create().value());
  const testing::Folder folder;
  const auto log = folder.path / "log";
  DrbdTool tool(*loop, log.string());
  const std::string gate = (folder.path / "gate").string();
  REQUIRE(::mkfifo(gate.c_str(), 0600) == 0);
  const UniqueFd opener(::open(gate.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(tool.begin({"sh", "-c", "echo one; read x < " + gate}));
  REQUIRE(tool.begin({"echo", "two"}));  // not while the first one runs
  const auto content = [&] {
    std::ifstream file(log);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  REQUIRE(testing::run_until(*loop, [&] { return content() == "one\n"; }));
  REQUIRE(::write(opener.get(), "\n", 1) == 1);
  REQUIRE(testing::run_until(*loop, [&] {
    (void)tool.begin({"echo", "three"});
    return content().starts_with("one\nthree\n");
  }));
}

}  // namespace
}  // namespace splitsite::agent
