// process.kill and process.stop: a daemon of this node, or a guest's QEMU, that dies or hangs.
//
// Arguments of both: {"process": "hostd" | … | "vm:<vm>"}; process.kill also takes "stays": "down"
// (the default: held down until the change is taken back) or "respawned" (a crash: the node's own
// supervision brings it back). A guest is never held down: it is the Manager's to bring back.
// Both observe {"process": …} → {running, held, boot_id} and, while it runs, {pid, state,
// started_ticks, cpu_ticks}.
#pragma once

#include <functional>
#include <string>

#include "harness/agent/changes/change_book.hpp"
#include "harness/agent/processes/process_table.hpp"

namespace splitsite::agent {

struct ProcessSetting {
  std::vector<Daemon> daemons = known_daemons();
  std::string vm_pids = "/run/libvirt/qemu";
  // While <held>/<name> exists, respawn in lib.sh does not start <name>.
  std::string held = "/run/splitsite/held";
  std::string start_daemon = "/splitsite/node/start-daemon";  // a program: start-daemon NAME
};

void add_process_changes(ChangeBook& book, const ProcessSetting& setting);

}  // namespace splitsite::agent
