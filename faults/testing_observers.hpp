// Teaches a fake lab what the agents of a real one would say of every group's changes. Linked by
// tests only.
#pragma once

#include "faults/host/testing_observers.hpp"
#include "faults/manager/testing_observers.hpp"
#include "faults/process/testing_observers.hpp"
#include "faults/storage/testing_observers.hpp"
#include "harness/fault/testing_bench.hpp"

namespace splitsite {

inline void teach_all(FakeLab& lab) {
  teach_hosts(lab);
  teach_manager(lab);
  teach_processes(lab);
  teach_storage(lab);
}

}  // namespace splitsite
