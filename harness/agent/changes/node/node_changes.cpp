#include "harness/agent/changes/node/node_changes.hpp"

#include "harness/agent/changes/node/clock_changes.hpp"
#include "harness/agent/changes/node/cpu_starvation.hpp"
#include "harness/agent/changes/node/disk_full.hpp"
#include "harness/agent/changes/node/going_down.hpp"
#include "harness/agent/changes/node/memory_pressure.hpp"

namespace splitsite::agent {

void add_node_changes(ChangeBook& book, EventLoop& loop) {
  static KernelClock clock;  // stateless: the kernel's
  book.add("clock.step", std::make_unique<ClockStep>(clock));
  book.add("clock.drift", std::make_unique<ClockDrift>(clock));
  book.add("cpu.starve", std::make_unique<CpuStarvation>(loop));
  book.add("memory.press", std::make_unique<MemoryPressure>());
  book.add("disk.fill", std::make_unique<DiskFull>());
  book.add("node.panic", std::make_unique<GoingDown>(Way::Panic));
  book.add("node.shutdown", std::make_unique<GoingDown>(Way::Shutdown));
  book.add("node.reboot", std::make_unique<GoingDown>(Way::Reboot));
}

}  // namespace splitsite::agent
