// What the local sanlock daemon says of itself: the answer to its status command, the one that its
// own tool shows (sanlock src/sanlock_sock.h, src/cmd.c cmd_status). It is in nobody's way as long
// as the answer is read at once. An inquiry by pid is: the daemon is at work for that process while
// it lasts, and refuses what the process's owner asks in that moment with EBUSY (src/main.c
// process_cmd_thread_registered). A release that libvirt made for a live migration was refused so,
// and the guest stayed paused.
#pragma once

#include <string>
#include <string_view>

#include "harness/agent/host/host_truth.hpp"
#include "harness/core/result.hpp"
#include "harness/time/clock.hpp"

namespace splitsite::agent {

// Where the daemon listens: $SANLOCK_RUN_DIR, as for sanlock's own library, or its default.
std::string sanlock_socket_path();

// The daemon's whole answer, bytes as they came; an error after `patience`, or twice that when the
// daemon stops in the middle.
Result<std::string> ask_for_status(const std::string& socket_path, Duration patience);

// What of the answer concerns `lockspace`. An error when it ends within a record or is no answer of
// sanlock's at all.
Result<SanlockStatus> read_status(std::string_view answer, const std::string& lockspace);

}  // namespace splitsite::agent
