# shellcheck shell=bash
# What every script of a node's boot shares: steps that are told to the console and kept for the
# agent, answers from the lab description, and daemons that come back when they die.
# Rule: a step that fails stops its script and says which step and why.

CONSOLE="${CONSOLE:-/dev/console}"
STEPS="${STEPS:-/run/splitsite/steps}"
LOGS="${LOGS:-/run/splitsite/log}"
FACTS="${FACTS:-/run/splitsite/facts}"
HELD="${HELD:-/run/splitsite/held}"
# Set by init for every script after it: SPLITSITE_NODE, SPLITSITE_ROLE.

# announce TEXT: tells the console and the agent that TEXT has happened.
# The time is the machine's own since power-on, in seconds (CLOCK_BOOTTIME, 10 ms steps).
announce() {
  local since_boot _
  read -r since_boot _ </proc/uptime
  printf '%s %s\n' "$since_boot" "$*" >>"$STEPS"
  printf 'splitsite: %s\n' "$*" >>"$CONSOLE"
}

# fail STEP WHY: the last word of a script; the node stays up for its root shell on ttyS1.
fail() {
  local why="${*:2}"
  announce "FAILED $1: ${why:-no reason given}"
  exit 1
}

# step TEXT COMMAND…: runs COMMAND, announces TEXT when it is done. COMMAND may be a function, whose
# first failing command fails the step. What it prints goes to boot.log; its last line is the
# reason.
step() {
  local text="$1" outcome
  shift
  printf '== %s\n' "$text" >>"$LOGS/boot.log"
  # Not in a condition: bash would then switch errexit off inside the command.
  set +e
  (
    set -e
    "$@"
  ) >>"$LOGS/boot.log" 2>&1 </dev/null
  outcome=$?
  set -e
  if ((outcome != 0)); then
    fail "$text" "$(tail -n 1 "$LOGS/boot.log") (exit $outcome)"
  fi
  announce "$text"
}

# facts KIND: the facts of one kind about this node, a line each (see facts.jq). Plain bash: the
# lab's description itself is read once in a boot.
facts() {
  local kind rest
  while read -r kind rest; do
    if [[ $kind == "$1" ]]; then
      printf '%s\n' "$rest"
    fi
  done <"$FACTS"
}

# wait_until SECONDS WHAT COMMAND…: until COMMAND succeeds; past the limit it says what was missing.
wait_until() {
  local limit="$1" what="$2" now _ end
  shift 2
  read -r now _ </proc/uptime
  end=$((${now%.*} + limit))
  until "$@"; do
    read -r now _ </proc/uptime
    if ((${now%.*} >= end)); then
      echo "waited $limit s for $what"
      return 1
    fi
    sleep 0.1
  done
}

# respawn NAME COMMAND…: keeps COMMAND running in the background for the node's whole life, its
# output in $LOGS/NAME.log. It comes back one second after it ended: a crash is seen and survived,
# and its last words are on the console, which is kept when the lab is gone. While a fault holds it
# down, by the file $HELD/NAME, it stays away.
respawn() {
  local name="$1" outcome
  shift
  (
    set +e
    while :; do
      "$@" >>"$LOGS/$name.log" 2>&1 </dev/null
      outcome=$?
      printf 'splitsite: %s ended with %s: %s\n' "$name" "$outcome" \
        "$(tail -n 1 "$LOGS/$name.log")" >>"$CONSOLE"
      echo "== $name ended with $outcome" >>"$LOGS/$name.log"
      sleep 1
      while [[ -e $HELD/$name ]]; do sleep 0.2; done
    done
  ) &
}

# load_modules NAME…: all of them or a failed step.
load_modules() {
  modprobe -a "$@"
}

# has_file_system DISK: whether an ext4 file system was made on it, whole or not. mkfs writes the
# superblock's magic number last.
has_file_system() {
  local magic
  magic="$(dd if="$1" bs=4096 count=1 status=none | od -A n -t x2 -j 1080 -N 2)"
  [[ $magic == " ef53" ]]
}
