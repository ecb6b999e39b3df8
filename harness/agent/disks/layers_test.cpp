// Changes of a disk's table and its stalls: what they make, that they take back exactly that, and
// what they refuse.
#include "harness/agent/disks/io_stall.hpp"
#include "harness/agent/disks/layer_change.hpp"
#include "harness/agent/disks/layer_tables.hpp"
#include "harness/agent/disks/testing_layers.hpp"
#include "harness/agent/testing.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite::agent {
namespace {

using namespace std::chrono_literals;

const DiskTable plain{{0, 1024, "linear", "253:0 0"}, {1024, 1024, "linear", "253:1 384"}};

// As the ChangeBook does: prepared, written down, made.
Result<Json> apply(Change& change, const Json& arguments, Json& remembered) {
  SPLITSITE_TRY(remembered, change.prepare(arguments));
  remembered = Json::parse(remembered.dump());
  return change.apply(arguments, remembered);
}

TEST_CASE("A failing table keeps every part where it is") {
  CHECK(describe(failing(plain, Io::All).value()) == "0 1024 error; 1024 1024 error");
  CHECK(describe(failing(plain, Io::Writes).value()) ==
        "0 1024 flakey 253:0 0 0 3600 1 error_writes; "
        "1024 1024 flakey 253:1 384 0 3600 1 error_writes");
  CHECK(failing(plain, Io::Reads).error().kind == ErrorKind::Invalid);
}

TEST_CASE("A delaying table names the disk once for reads and once for writes") {
  CHECK(describe(delayed(plain, Io::All, 200ms).value()) ==
        "0 1024 delay 253:0 0 200 253:0 0 200; 1024 1024 delay 253:1 384 200 253:1 384 200");
  CHECK(delayed(plain, Io::Reads, 20ms).value()[0].parameters == "253:0 0 20 253:0 0 0");
  CHECK(delayed(plain, Io::Writes, 20ms).value()[0].parameters == "253:0 0 0 253:0 0 20");
}

TEST_CASE("A table that is not linear is somebody else's") {
  const DiskTable changed{{0, 1024, "linear", "253:0 0"}, {1024, 1024, "error", ""}};
  CHECK(failing(changed, Io::All).error().kind == ErrorKind::Conflict);
  CHECK(delayed(changed, Io::All, 20ms).error().kind == ErrorKind::Conflict);
  CHECK_FALSE(is_linear({}));
}

TEST_CASE("A change of a table is taken back to the letter, by a later agent too, and twice") {
  testing::FakeLayers layers;
  layers.tables["lun"] = plain;
  Json remembered;
  REQUIRE(apply(*make_io_error(layers), {{"device", "lun"}, {"what", "all"}}, remembered));
  CHECK(layers.tables["lun"][1].type == "error");
  const auto later = make_io_error(layers);
  REQUIRE(later->revert(remembered));
  CHECK(layers.tables["lun"] == plain);
  REQUIRE(later->revert(remembered));
  CHECK(layers.tables["lun"] == plain);
  CHECK_FALSE(layers.waiting["lun"]);
}

TEST_CASE("A table that could not be replaced is as it was, and so after its undoing") {
  testing::FakeLayers layers;
  layers.stuck = true;
  Json remembered;
  const auto change = make_io_delay(layers);
  const auto applied =
      apply(*change, {{"device", "lun"}, {"what", "all"}, {"delay_ms", 100}}, remembered);
  REQUIRE(applied.has_error());
  REQUIRE(change->revert(remembered));
  CHECK(is_linear(layers.tables["lun"]));
}

TEST_CASE("One change at a time: what is changed or stalled already is refused") {
  auto loop = std::move(EventLoop::create().value());
  EventLog events([](const Json&) {});
  testing::FakeLayers layers;
  IoStall stall(*loop, layers, events);
  Json remembered;
  REQUIRE(apply(stall, {{"device", "lun"}}, remembered));
  Json second;
  CHECK(apply(stall, {{"device", "lun"}}, second).error().kind == ErrorKind::Conflict);
  CHECK(apply(*make_io_error(layers), {{"device", "lun"}, {"what", "all"}}, second).error().kind ==
        ErrorKind::Conflict);
  REQUIRE(stall.revert(remembered));
  REQUIRE(apply(*make_io_error(layers), {{"device", "lun"}, {"what", "all"}}, remembered));
  CHECK(
      apply(*make_io_delay(layers), {{"device", "lun"}, {"what", "all"}, {"delay_ms", 20}}, second)
          .error()
          .kind == ErrorKind::Conflict);
}

TEST_CASE("Arguments that cannot be are refused before anything is touched") {
  testing::FakeLayers layers;
  const auto error = make_io_error(layers);
  const auto delay = make_io_delay(layers);
  CHECK(error->prepare({{"device", "nothing"}, {"what", "all"}}).has_error());
  CHECK(error->prepare({{"device", "lun"}, {"what", "some"}}).has_error());
  CHECK(error->prepare({{"device", "lun"}}).has_error());
  CHECK(error->prepare({{"device", "lun"}, {"what", "all"}, {"delay_ms", 3}}).has_error());
  CHECK(delay->prepare({{"device", "lun"}, {"what", "all"}, {"delay_ms", 0}}).has_error());
  CHECK(is_linear(layers.tables["lun"]));
}

TEST_CASE("A stall with a length ends by itself and says how long it was") {
  auto loop = std::move(EventLoop::create().value());
  std::vector<Json> events;
  EventLog log([&](const Json& event) { events.push_back(event); });
  testing::FakeLayers layers;
  IoStall stall(*loop, layers, log);
  Json remembered;
  REQUIRE(apply(stall, {{"device", "lun"}, {"for_ms", 50}}, remembered));
  CHECK(layers.waiting["lun"]);
  REQUIRE(testing::run_until(*loop, [&] { return !events.empty(); }));
  CHECK_FALSE(layers.waiting["lun"]);
  CHECK(events[0]["event"] == "io.stall_ended");
  CHECK(events[0]["stalled_ms"] >= 50);
  const auto seen = stall.observe({{"device", "lun"}});
  CHECK(seen.value()["stalled_ms"] == events[0]["stalled_ms"]);
  CHECK(seen.value()["suspended"] == false);
  CHECK(seen.value()["by_itself"] == true);
  CHECK(seen.value()["stalled_most_ms"] >= seen.value()["stalled_ms"]);
  REQUIRE(stall.revert(remembered));  // over already
  CHECK(events.size() == 1);
}

TEST_CASE("A stall that is healed early does not end a later one") {
  auto loop = std::move(EventLoop::create().value());
  EventLog events([](const Json&) {});
  testing::FakeLayers layers;
  IoStall stall(*loop, layers, events);
  Json first;
  REQUIRE(apply(stall, {{"device", "lun"}, {"for_ms", 40}}, first));
  REQUIRE(stall.revert(first));
  CHECK(stall.observe({{"device", "lun"}}).value()["by_itself"] == false);
  Json second;
  REQUIRE(apply(stall, {{"device", "lun"}}, second));
  bool later = false;
  loop->after(80ms, [&] { later = true; });
  REQUIRE(testing::run_until(*loop, [&] { return later; }));
  CHECK(layers.waiting["lun"]);
  CHECK(stall.observe({{"device", "lun"}}).value()["suspended"] == true);
  REQUIRE(stall.revert(second));
  CHECK_FALSE(layers.waiting["lun"]);
}

TEST_CASE("A disk that went with its node needs no undoing") {
  auto loop = std::move(EventLoop::create().value());
  EventLog events([](const Json&) {});
  testing::FakeLayers layers;
  IoStall stall(*loop, layers, events);
  const auto error = make_io_error(layers);
  Json stalled;
  REQUIRE(apply(stall, {{"device", "lun"}}, stalled));
  REQUIRE(stall.revert(stalled));
  Json failed;
  REQUIRE(apply(*error, {{"device", "lun"}, {"what", "all"}}, failed));
  layers.tables.clear();
  CHECK(error->revert(failed).has_value());
  CHECK(stall.revert(stalled).has_value());
}

}  // namespace
}  // namespace splitsite::agent
