// Teaches a fake lab what the agents of a real one would say of every group's changes. Linked by
// tests only.
#pragma once

#include "harness/fault/testing_bench.hpp"
#if __has_include("faults/host/testing_observers.hpp")
#include "faults/host/testing_observers.hpp"
#define SPLITSITE_TEACH_HOSTS
#endif
#if __has_include("faults/manager/testing_observers.hpp")
#include "faults/manager/testing_observers.hpp"
#define SPLITSITE_TEACH_MANAGER
#endif
#if __has_include("faults/process/testing_observers.hpp")
#include "faults/process/testing_observers.hpp"
#define SPLITSITE_TEACH_PROCESSES
#endif
#if __has_include("faults/storage/testing_observers.hpp")
#include "faults/storage/testing_observers.hpp"
#define SPLITSITE_TEACH_STORAGE
#endif

namespace splitsite {

inline void teach_all([[maybe_unused]] FakeLab& lab) {
#ifdef SPLITSITE_TEACH_HOSTS
  teach_hosts(lab);
#endif
#ifdef SPLITSITE_TEACH_MANAGER
  teach_manager(lab);
#endif
#ifdef SPLITSITE_TEACH_PROCESSES
  teach_processes(lab);
#endif
#ifdef SPLITSITE_TEACH_STORAGE
  teach_storage(lab);
#endif
}

}  // namespace splitsite
