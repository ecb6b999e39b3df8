// What scenarios wait for, as reasons why not yet.
#pragma once

#include <optional>
#include <string>

#include "harness/stage/stage.hpp"
#include "suites/vocabulary/cast.hpp"

namespace splitsite {

using Reason = std::optional<std::string>;

// Every VM of `vms` runs on a node of `hosts` and has written there.
Reason not_running_in(const Stage& stage, const std::vector<VmId>& vms, const NodeSet& hosts);
// The SPM lease is held on a node of `hosts`.
Reason spm_not_in(const Stage& stage, const NodeSet& hosts);
// The Manager calls every host of `hosts` up.
Reason not_up(const Stage& stage, const NodeSet& hosts);
// Every storage node reports itself connected, primary and up to date.
Reason not_in_sync(const Stage& stage);

// The steady state held long enough for every VM to have written under observation.
Result<void> watch_steady_load(Stage& stage, Duration length);

}  // namespace splitsite
