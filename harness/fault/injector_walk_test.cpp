// A long random walk through the life cycle, with every kind of step, shared links and failures.
#include <algorithm>
#include <optional>
#include <random>

#include "harness/fault/testing_injector.hpp"
#include "scripts/testing/catch.hpp"

namespace splitsite {
namespace {

// One step of any kind on any target.
Step random_step(std::mt19937& random) {
  const char* const hosts[] = {"host-a1", "host-a2", "host-b1"};
  const char* const sites[] = {"a", "b", "w"};
  const NodeId node(hosts[random() % 3]);
  const auto from = random() % 3;
  const LinkDirection direction{LinkKind::Site, SiteId(sites[from]), SiteId(sites[(from + 1) % 3])};
  const Impairment effects[] = {{.delay = std::chrono::milliseconds(5)},
                                {.loss_percent = 10},
                                {.bursts = BurstLoss{1, 20, 100, 0}},
                                {.cut = Cut::Drop}};
  const std::string resource = "thing " + std::to_string(random() % 2);
  switch (random() % 6) {
    case 0:
      return PowerOff{node};
    case 1:
      return PowerReset{node};
    case 2:
      return Suspend{node};
    case 3:
      return InNode{node, "process.stop", {{"name", "x"}}, resource};
    case 4:
      return Hold{std::chrono::milliseconds(10), std::chrono::milliseconds(10)};
    default:
      return ImpairLink{direction, effects[random() % 4]};
  }
}

TEST_CASE("Ten thousand random steps of every kind never leave a change behind") {
  InjectorBed f;
  const auto before = f.lab.state();
  std::mt19937 random(20260801);
  std::vector<std::optional<ActiveFault>> active(4);
  int injected = 0;
  int refused = 0;
  for (int i = 0; i < 10000; ++i) {
    auto& slot = active[random() % active.size()];
    if (slot) {
      auto fault = std::move(*slot);
      slot.reset();
      if (random() % 2 == 0) REQUIRE(std::move(fault).heal().has_value());
      continue;
    }
    Plan plan;
    for (auto steps = 1 + random() % 3; steps > 0; --steps) plan.push_back(random_step(random));
    // Two effects of one plan on one link would be one effect.
    if (std::count_if(plan.begin(), plan.end(), [](const Step& step) {
          return std::holds_alternative<ImpairLink>(step);
        }) > 1) {
      continue;
    }
    if (random() % 4 == 0) f.lab.fail_change(static_cast<int>(1 + random() % plan.size()));
    auto fault = f.injector.inject(std::make_unique<Anything>(plan));
    f.lab.fail_change(0);
    ++(fault ? injected : refused);
    if (fault) slot.emplace(std::move(fault).value());
  }
  active.clear();
  CHECK(injected > 1000);
  CHECK(refused > 1000);
  CHECK(f.lab.state() == before);
  CHECK(f.undo.pending().value().empty());
  CHECK_FALSE(f.injector.dirty());
}

}  // namespace
}  // namespace splitsite
