#include "harness/lab/fault_owner.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "scripts/testing/catch.hpp"
#include "scripts/testing/temporary_directory.hpp"

namespace splitsite {
namespace {

struct LabFolder {
  LabPaths paths = make();
  ~LabFolder() { std::filesystem::remove_all(paths.directory); }
  static LabPaths make() { return LabPaths{make_temporary_directory().string()}; }
};

TEST_CASE("One owner at a time; the second is told who has it") {
  const LabFolder lab;
  CHECK_FALSE(find_fault_owner(lab.paths).has_value());
  {
    auto first = FaultOwnership::take(lab.paths, "splitsite run acceptance");
    REQUIRE(first.has_value());
    const auto second = FaultOwnership::take(lab.paths, "splitsite fault inject");
    REQUIRE(second.has_error());
    CHECK(second.error().kind == ErrorKind::Conflict);
    CHECK_THAT(second.error().message(), Catch::Contains("splitsite run acceptance"));
    CHECK(find_fault_owner(lab.paths)->process.pid == ::getpid());
  }
  CHECK_FALSE(find_fault_owner(lab.paths).has_value());
  CHECK(FaultOwnership::take(lab.paths, "splitsite fault inject").has_value());
}

TEST_CASE("Another program asks for the heal of a fault, and the owner hears it once") {
  const LabFolder lab;
  auto owner = FaultOwnership::take(lab.paths, "splitsite fault inject", true);
  REQUIRE(owner.has_value());
  const std::pair<FaultId, std::string> fault{FaultId("fault-1"), "power loss of site a"};
  REQUIRE(owner.value().publish({fault}).has_value());
  CHECK(find_fault_owner(lab.paths)->faults == std::vector{fault});
  CHECK(owner.value().requested().empty());

  CHECK(request_heal(lab.paths, FaultId("fault-2")).has_error());
  REQUIRE(request_heal(lab.paths, fault.first).has_value());
  CHECK(owner.value().requested() == std::vector{fault.first});
  CHECK(owner.value().requested().empty());
}

TEST_CASE("All faults are asked for newest first, whichever was written down first") {
  const LabFolder lab;
  auto owner = FaultOwnership::take(lab.paths, "splitsite fault inject", true);
  const FaultId first("fault-1");
  const FaultId second("fault-2");
  REQUIRE(owner.value().publish({{first, "x"}, {second, "y"}}).has_value());
  REQUIRE(request_heal(lab.paths, first).has_value());
  REQUIRE(request_heal(lab.paths, second).has_value());
  CHECK(owner.value().requested() == std::vector{second, first});
}

TEST_CASE("What was asked of an owner that ended is not done to the next one's faults") {
  const LabFolder lab;
  const FaultId fault("fault-1");
  {
    auto owner = FaultOwnership::take(lab.paths, "splitsite fault inject", true);
    REQUIRE(owner.value().publish({{fault, "x"}}).has_value());
    REQUIRE(request_heal(lab.paths, fault).has_value());
  }
  auto next = FaultOwnership::take(lab.paths, "splitsite fault inject", true);
  REQUIRE(next.value().publish({{fault, "another"}}).has_value());
  CHECK(next.value().requested().empty());
}

TEST_CASE("Who asked for a heal learns how it ended, also from an owner that has ended since") {
  const LabFolder lab;
  const FaultId good("fault-1");
  const FaultId bad("fault-2");
  {
    auto owner = FaultOwnership::take(lab.paths, "splitsite fault inject", true);
    REQUIRE(owner.value().publish({{good, "x"}, {bad, "y"}}).has_value());
    REQUIRE(request_heal(lab.paths, good).has_value());
    CHECK_FALSE(find_heal_answer(lab.paths, good).has_value());
    REQUIRE(owner.value().answer(good, success()).has_value());
    const Error why{.kind = ErrorKind::Refused, .attempted = "heal", .why = "it is still there"};
    REQUIRE(owner.value().answer(bad, why).has_value());
  }
  REQUIRE(find_heal_answer(lab.paths, good).has_value());
  CHECK(find_heal_answer(lab.paths, good)->healed);
  REQUIRE(find_heal_answer(lab.paths, bad).has_value());
  CHECK_FALSE(find_heal_answer(lab.paths, bad)->healed);
  CHECK_THAT(find_heal_answer(lab.paths, bad)->words, Catch::Contains("it is still there"));
  const auto next = FaultOwnership::take(lab.paths, "splitsite fault inject", true);
  CHECK_FALSE(find_heal_answer(lab.paths, bad).has_value());
}

TEST_CASE("A run that follows its own story is not asked to heal") {
  const LabFolder lab;
  auto owner = FaultOwnership::take(lab.paths, "splitsite run acceptance");
  REQUIRE(owner.value().publish({{FaultId("fault-1"), "x"}}).has_value());
  CHECK_THAT(request_heal(lab.paths, FaultId("fault-1")).error().message(),
             Catch::Contains("heals by its own story"));
}

TEST_CASE("A dead owner is none, and what it left does not keep the next one out") {
  const LabFolder lab;
  const pid_t child = ::fork();
  if (child == 0) {
    auto owner = FaultOwnership::take(lab.paths, "splitsite fault inject", true);
    ::_exit(owner.has_value() ? 0 : 1);  // without unwinding, as a kill
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  CHECK(std::filesystem::exists(lab.paths.fault_record()));
  CHECK_FALSE(find_fault_owner(lab.paths).has_value());
  CHECK(FaultOwnership::take(lab.paths, "splitsite fault inject").has_value());
}

TEST_CASE("A record that is not ours names nobody") {
  const LabFolder lab;
  for (const char* text :
       {"", "nonsense", "[]", R"({"pid":"1"})", R"({"pid":1,"start_ticks":1})"}) {
    std::ofstream(lab.paths.fault_record()) << text;
    CHECK_FALSE(find_fault_owner(lab.paths).has_value());
  }
}

}  // namespace
}  // namespace splitsite
