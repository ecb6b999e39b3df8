// "disk.fill": the node's writable file system is full: its size is set to what is used of it, so
// that it costs no memory and leaves no file. {}
// observe {} -> {size, free, new_file, open_file}: bytes, and what a write of 1 MiB to a new file
// and to one that was open all the time comes to: "written", or why not.
#pragma once

#include <string>

#include "harness/agent/changes/change.hpp"
#include "harness/core/handle.hpp"

namespace splitsite::agent {

struct DiskPaths {
  std::string file_system = "/memory";  // the tmpfs beneath the node's root overlay
  std::string folder = "/var/tmp";      // where a file lands on it
};

class DiskFull final : public Change {
 public:
  explicit DiskFull(DiskPaths paths = {}) : paths_(std::move(paths)) {}

  Result<Json> prepare(const Json& arguments) override;
  Result<Json> apply(const Json& arguments, Json& remembered) override;
  Result<void> revert(const Json& remembered) override;
  Result<Json> observe(const Json& arguments) override;

 private:
  DiskPaths paths_;
  UniqueFd open_file_;  // since the first observation
};

}  // namespace splitsite::agent
