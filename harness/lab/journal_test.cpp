#include "harness/lab/journal.hpp"

#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>

#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

using namespace splitsite;

namespace {

// A journal's path in a directory that goes away with it.
class Place {
 public:
  Place() : directory_(make_temporary_directory()) {}
  ~Place() { std::filesystem::remove_all(directory_); }
  std::string path() const { return (directory_ / "journal.jsonl").string(); }
  void add_raw(const std::string& text) const { std::ofstream(path(), std::ios::app) << text; }

 private:
  std::filesystem::path directory_;
};

std::vector<std::string> texts(Journal& journal) {
  std::vector<std::string> all;
  const std::vector<UndoEntry> pending = journal.pending().value();
  for (const UndoEntry& entry : pending) all.push_back(entry.text);
  return all;
}

// Lets no file of this process grow beyond `bytes`: what a full disk does to a write. Ends with it.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : before_(::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &was_) == 0);
    const rlimit now{bytes, was_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &now) == 0);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &was_);
    ::signal(SIGXFSZ, before_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  sighandler_t before_;
  rlimit was_{};
};

}  // namespace

TEST_CASE("A line cut short by a full disk does not take the next entry with it") {
  const Place place;
  {
    Journal journal = Journal::open(place.path()).value();
    REQUIRE(journal.write("first"));
    {
      const FullDisk full(std::filesystem::file_size(place.path()) + 10);
      CHECK_FALSE(journal.write("does not fit"));
      CHECK_FALSE(journal.mark_done(1));
    }
    CHECK(journal.write("second").value() == 2);
    CHECK(texts(journal) == std::vector<std::string>{"first", "second"});
  }
  Journal again = Journal::open(place.path()).value();
  CHECK(texts(again) == std::vector<std::string>{"first", "second"});
}

TEST_CASE("An entry that was glued to a torn one is found when the journal is opened") {
  const Place place;
  place.add_raw("{\"id\":1,\"undo\":\"first\"}\n");
  place.add_raw(R"({"id":2,"undo":"power {\"on\": ho{"id":3,"undo":"third"})"
                "\n");
  place.add_raw(R"({"done{"done":1})"
                "\n");
  Journal journal = Journal::open(place.path()).value();
  CHECK(texts(journal) == std::vector<std::string>{"third"});
  CHECK(journal.write("fourth").value() == 4);
}

TEST_CASE("What was begun and not undone is found again, oldest first") {
  const Place place;
  {
    Journal journal = Journal::open(place.path()).value();
    CHECK(journal.write("power on host-a1").value() == 1);
    CHECK(journal.write("lift the delay").value() == 2);
    CHECK(journal.write("two\nlines \"and quotes\"").value() == 3);
    REQUIRE(journal.mark_done(2));
  }
  Journal again = Journal::open(place.path()).value();
  CHECK(texts(again) == std::vector<std::string>{"power on host-a1", "two\nlines \"and quotes\""});
  CHECK(again.write("next").value() == 4);
}

TEST_CASE("A last line torn by a crash is no entry, and the next entry is not lost with it") {
  const Place place;
  { REQUIRE(Journal::open(place.path()).value().write("first")); }
  place.add_raw(R"({"id":2,"undo":"sec)");
  {
    Journal journal = Journal::open(place.path()).value();
    CHECK(texts(journal) == std::vector<std::string>{"first"});
    REQUIRE(journal.write("third"));
  }
  Journal again = Journal::open(place.path()).value();
  CHECK(texts(again) == std::vector<std::string>{"first", "third"});
}

TEST_CASE("A broken line that is not the last means the journal cannot be trusted") {
  const Place place;
  place.add_raw("{\"id\":1,\"und\n{\"done\":1}\n");
  const auto journal = Journal::open(place.path());
  REQUIRE_FALSE(journal);
  CHECK(journal.error().kind == ErrorKind::Invalid);
  CHECK(journal.error().subject == place.path() + ":1");
}
