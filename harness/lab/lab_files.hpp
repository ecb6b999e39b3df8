// The files of one lab: made before it is brought up, removed after it has ended, and locked in
// between so that two programs never bring up the same lab.
#pragma once

#include "harness/core/handle.hpp"
#include "harness/core/result.hpp"
#include "harness/lab/description/lab_config.hpp"
#include "harness/lab/state_directory.hpp"

namespace splitsite {

// Conflict while anything of the lab lives, or another program is bringing it up.
Result<UniqueFd> lock_lab(const LabPaths& paths);

// lab.json, the lab disk, one folder per node, sparse backing files of nodes with a disk.
Result<void> make_lab_files(const LabConfig& config, const LabPaths& paths);

enum class Keep { Nothing, Logs };
// The caller holds the lock, or knows that the supervisor has ended.
Result<void> remove_lab_files(const LabPaths& paths, Keep keep);

}  // namespace splitsite
