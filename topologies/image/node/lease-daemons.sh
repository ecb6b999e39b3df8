# shellcheck shell=bash
# The two daemons that guard a host's leases: sanlock resets the host through wdmd and softdog when a
# lease it holds can no longer be renewed and its holder does not die. Nobody respawns them, as on a
# real host: after they died, an administrator starts them (start-daemon). Sourced.

start_wdmd() {
  wdmd -w /dev/watchdog0 -G root
}

# Real-time priority, so that a busy guest does not delay a renewal; no log to syslog, which ends up
# on the slow console.
start_sanlock() {
  mkdir -p /etc/sanlock
  sanlock daemon -U root -G root -h 1 -S -1 -e "$SPLITSITE_NODE"
}
