// For tests: a simulated Manager's database, and the Manager that comes back from it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "scripts/testing/catch.hpp"
#include "topologies/reference/manager/core/restart.hpp"
#include "topologies/reference/manager/simulation/cluster.hpp"
#include "topologies/reference/manager/store/state_store.hpp"

namespace splitsite::reference {

// The database of one simulated Manager, on a file in memory: thousands of commits a second.
class Disk {
 public:
  explicit Disk(const std::string& name)
      : directory_("/dev/shm/splitsite-restart-" + std::to_string(::getpid()) + "-" + name) {
    std::filesystem::create_directories(directory_);
  }
  ~Disk() { std::filesystem::remove_all(directory_); }

  // Every death closes the file with whatever was not committed.
  void open(const LabConfig& lab) {
    store_.reset();
    auto opened = StateStore::open(directory_ + "/manager.db", lab.name);
    REQUIRE(opened);
    store_ = std::move(opened.value());
  }
  StateStore& store() { return *store_; }

 private:
  const std::string directory_;
  std::unique_ptr<StateStore> store_;
};

inline TimeBase time_at(Instant now) {
  const std::chrono::system_clock::time_point start(std::chrono::seconds(1'700'000'000));
  return {now,
          start + std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch())};
}

inline Step restarted(Disk& disk, const SimulatedCluster& cluster) {
  disk.open(cluster.lab());
  Step begun;
  begun.state = initial_state(cluster.lab(), {.seed = 7}, cluster.now());
  const auto found = disk.store().load(begun.state, time_at(cluster.now()));
  REQUIRE(found);
  REQUIRE(found.value());
  static_cast<Outcome&>(begun) = begin_again(begun.state, cluster.now());
  REQUIRE(disk.store().save(begun.state, time_at(cluster.now())));
  return begun;
}

}  // namespace splitsite::reference
