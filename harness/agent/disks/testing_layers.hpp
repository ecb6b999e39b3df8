// Disks of a device mapper that is not there: tables in memory, a switch that makes the next change
// fail, and one that keeps I/O in flight. For tests.
#pragma once

#include <map>
#include <string>

#include "harness/agent/disks/disk_layers.hpp"

namespace splitsite::agent::testing {

class FakeLayers final : public DiskLayers {
 public:
  std::map<std::string, DiskTable> tables = {{"lun", {{0, 2048, "linear", "253:0 0"}}}};
  std::map<std::string, bool> waiting;
  bool stuck = false;  // no change succeeds: I/O in flight does not complete

  Result<DiskTable> table(const std::string& device) override {
    const auto found = tables.find(device);
    if (found != tables.end()) return found->second;
    return Error{.kind = ErrorKind::Unavailable,
                 .attempted = "read the table of",
                 .subject = device,
                 .why = "there is no such device"};
  }
  Result<DiskTable> status(const std::string& device) override { return table(device); }
  Result<bool> suspended(const std::string& device) override {
    SPLITSITE_TRY_VOID(table(device));
    return waiting[device];
  }
  Result<void> replace(const std::string& device, const DiskTable& wanted) override {
    SPLITSITE_TRY_VOID(suspend(device));
    tables[device] = wanted;
    return resume(device);
  }
  Result<void> suspend(const std::string& device) override {
    SPLITSITE_TRY_VOID(table(device));
    if (stuck) return Error{.kind = ErrorKind::TimedOut, .attempted = "suspend", .subject = device};
    waiting[device] = true;
    return success();
  }
  Result<void> resume(const std::string& device) override {
    SPLITSITE_TRY_VOID(table(device));
    waiting[device] = false;
    return success();
  }
};

}  // namespace splitsite::agent::testing
