// The kernel's device mapper through its control device: no dmsetup process, no library. Rule: it
// changes the table of a device that is there and never makes or removes one. I/O in flight is
// completed by the old table, I/O that comes later waits and is served by the new one.
#pragma once

#include <string>

#include "harness/adapters/devicemapper/table.hpp"
#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::devicemapper {

class DeviceMapper {
 public:
  // Unavailable without the kernel's module, Refused without root.
  static Result<DeviceMapper> open(const std::string& control = "/dev/mapper/control");

  // All of them: Unavailable if there is no device of that name.
  Result<Table> table(const std::string& device) const;
  // What the targets tell of their state instead of their parameters.
  Result<Table> status(const std::string& device) const;
  Result<bool> suspended(const std::string& device) const;

  // The device must not be suspended. TimedOut after `bound`, with the old table still in force, if
  // I/O in flight does not complete: whatever lies below the device answers nothing itself.
  Result<void> replace(const std::string& device, const Table& table, Duration bound);
  // From now on the device's I/O waits. Success if it does already; TimedOut as above.
  Result<void> suspend(const std::string& device, Duration bound);
  // The waiting I/O is served. Success if nothing waits.
  Result<void> resume(const std::string& device);

 private:
  explicit DeviceMapper(UniqueFd control) : control_(std::move(control)) {}
  Result<Table> ask_for_table(const std::string& device, std::uint32_t flags) const;
  void back_to_work(const std::string& device);

  UniqueFd control_;
};

}  // namespace splitsite::devicemapper
