// Where things are on the machine. Everything Splitsite keeps is below one directory:
// $SPLITSITE_STATE, or /var/lib/splitsite.
#pragma once

#include <string>
#include <vector>

#include "harness/core/id.hpp"
#include "harness/core/result.hpp"

namespace splitsite {

// The files of one lab. Removed with it, except for its logs.
struct LabPaths {
  std::string directory;

  std::string config() const { return directory + "/lab.json"; }
  std::string lab_disk() const { return directory + "/lab.squashfs"; }
  std::string journal() const { return directory + "/journal.jsonl"; }
  // Who has faults in force in the lab; see fault_owner.hpp.
  std::string fault_lock() const { return directory + "/faults.lock"; }
  std::string fault_record() const { return directory + "/faults.json"; }
  std::string nodes() const { return directory + "/nodes"; }
  std::string node(const NodeId& name) const { return nodes() + "/" + name.str(); }
  std::string console_log(const NodeId& name) const { return node(name) + "/console.log"; }
  std::string shell_socket(const NodeId& name) const { return node(name) + "/shell.sock"; }
  std::string run() const { return directory + "/run"; }
  std::string log() const { return directory + "/log"; }
  // What the power controllers switched; see power/switch_log.hpp.
  std::string power_log() const { return log() + "/power.jsonl"; }
  std::string supervisor_log() const { return log() + "/supervisor.log"; }
  // Held by the supervisor for as long as anything of the lab lives.
  std::string lock() const { return directory + ".lock"; }
  // For virsh -c as well.
  std::string libvirt_uri() const;
};

class StateDirectory {
 public:
  explicit StateDirectory(std::string path) : path_(std::move(path)) {}
  // From the environment, or the default.
  static StateDirectory standard();

  const std::string& path() const { return path_; }
  LabPaths lab(const std::string& name) const { return {path_ + "/labs/" + name}; }
  std::string runs() const { return path_ + "/runs"; }
  // Labs there is a directory of, running or not, in alphabetical order.
  std::vector<std::string> labs() const;

 private:
  std::string path_;
};

// Invalid unless a lab can be called this: letters, digits, '-', '_', at most 64.
Result<void> check_lab_name(const std::string& name);

}  // namespace splitsite
