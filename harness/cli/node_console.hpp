// The two serial lines of a node: the root shell, and the console's log.
#pragma once

#include "harness/cli/context.hpp"
#include "harness/core/id.hpp"
#include "harness/lab/state_directory.hpp"

namespace splitsite::cli {

// Joins the terminal to the node's shell until Ctrl-]. Without a terminal: sends stdin and shows
// what comes back until the shell has been silent for a second.
Result<void> open_shell(Context& context, const LabPaths& paths, const NodeId& node, bool follow);

// Shows the console from its beginning, and what is added until interrupted if `follow`.
Result<void> follow_console(Context& context, const LabPaths& paths, const NodeId& node,
                            bool follow);

}  // namespace splitsite::cli
