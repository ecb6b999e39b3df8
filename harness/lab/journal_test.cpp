#include "harness/lab/journal.hpp"

#include <filesystem>
#include <fstream>

#include "scripts/testing/catch.hpp"

using namespace splitsite;

namespace {

// A journal's path in a directory that goes away with it.
class Place {
 public:
  Place() : directory_(std::filesystem::temp_directory_path() / "splitsite-journal-XXXXXX") {
    std::string pattern = directory_.string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Place() { std::filesystem::remove_all(directory_); }
  std::string path() const { return (directory_ / "journal.jsonl").string(); }
  void add_raw(const std::string& text) const { std::ofstream(path(), std::ios::app) << text; }

 private:
  std::filesystem::path directory_;
};

UndoStep step(const std::string& fault) {
  return {.fault = FaultId(fault),
          .node = NodeId("wan"),
          .action = "link.set",
          .args = {{"device", "s.a.b"}, {"delay_ns", 0}},
          .description = "lift the delay"};
}

}  // namespace

TEST_CASE("What was begun and not undone is found again, newest first") {
  const Place place;
  {
    Journal journal = Journal::open(place.path()).value();
    CHECK(journal.append(step("fault-1")).value() == 1);
    CHECK(journal.append(step("fault-2")).value() == 2);
    CHECK(journal.append(step("fault-3")).value() == 3);
    REQUIRE(journal.mark_done(2));
  }
  Journal again = Journal::open(place.path()).value();
  const auto left = again.outstanding();
  REQUIRE(left.size() == 2);
  CHECK(left[0].step.fault == FaultId("fault-3"));
  CHECK(left[1].step.fault == FaultId("fault-1"));
  CHECK(left[1].step.args["device"] == "s.a.b");
  CHECK(again.append(step("fault-4")).value() == 4);
}

TEST_CASE("A last line torn by a crash is no entry, and the next entry is not lost with it") {
  const Place place;
  { REQUIRE(Journal::open(place.path()).value().append(step("fault-1"))); }
  place.add_raw(R"({"id":2,"fault":"fau)");
  {
    Journal journal = Journal::open(place.path()).value();
    REQUIRE(journal.outstanding().size() == 1);
    REQUIRE(journal.append(step("fault-2")));
  }
  const auto left = Journal::open(place.path()).value().outstanding();
  REQUIRE(left.size() == 2);
  CHECK(left[0].step.fault == FaultId("fault-2"));
}

TEST_CASE("A broken line that is not the last means the journal cannot be trusted") {
  const Place place;
  place.add_raw("{\"id\":1,\"fau\n{\"done\":1}\n");
  const auto journal = Journal::open(place.path());
  REQUIRE_FALSE(journal);
  CHECK(journal.error().kind == ErrorKind::Invalid);
  CHECK(journal.error().subject == place.path() + ":1");
}
