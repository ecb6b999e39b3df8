// What the disk faults need of the device mapper, so that they can be tested without one; and the
// real one behind it.
#pragma once

#include <string>
#include <utility>

#include "harness/adapters/devicemapper/device_mapper.hpp"
#include "harness/adapters/devicemapper/table.hpp"
#include "harness/core/result.hpp"

namespace splitsite::agent {

using DiskTable = devicemapper::Table;

class DiskLayers {
 public:
  virtual ~DiskLayers() = default;

  // As devicemapper::DeviceMapper says.
  virtual Result<DiskTable> table(const std::string& device) = 0;
  virtual Result<DiskTable> status(const std::string& device) = 0;
  virtual Result<bool> suspended(const std::string& device) = 0;
  virtual Result<void> replace(const std::string& device, const DiskTable& table) = 0;
  virtual Result<void> suspend(const std::string& device) = 0;
  virtual Result<void> resume(const std::string& device) = 0;
};

// Opens the control device anew each time: the module may be loaded after the agent was started.
class KernelDiskLayers final : public DiskLayers {
 public:
  Result<DiskTable> table(const std::string& device) override {
    SPLITSITE_TRY(auto mapper, devicemapper::DeviceMapper::open());
    return mapper.table(device);
  }
  Result<DiskTable> status(const std::string& device) override {
    SPLITSITE_TRY(auto mapper, devicemapper::DeviceMapper::open());
    return mapper.status(device);
  }
  Result<bool> suspended(const std::string& device) override {
    SPLITSITE_TRY(auto mapper, devicemapper::DeviceMapper::open());
    return mapper.suspended(device);
  }
  Result<void> replace(const std::string& device, const DiskTable& table) override {
    SPLITSITE_TRY(auto mapper, devicemapper::DeviceMapper::open());
    return mapper.replace(device, table, in_flight_bound);
  }
  Result<void> suspend(const std::string& device) override {
    SPLITSITE_TRY(auto mapper, devicemapper::DeviceMapper::open());
    return mapper.suspend(device, in_flight_bound);
  }
  Result<void> resume(const std::string& device) override {
    SPLITSITE_TRY(auto mapper, devicemapper::DeviceMapper::open());
    return mapper.resume(device);
  }

 private:
  // I/O in flight takes milliseconds, or it is stuck below; the agent's loop stands still
  // meanwhile.
  static constexpr Duration in_flight_bound = std::chrono::milliseconds(1500);
};

}  // namespace splitsite::agent
