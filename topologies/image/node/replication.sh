# shellcheck shell=bash
# DRBD on a storage node: its configuration, its state, and waiting for its state to change.
# Rule: what happened before a boot is read from DRBD's own metadata on the backing disk and from
# the witness, never from a file of ours: a node that lost its power forgets everything else.
# shellcheck disable=SC2034  # variables are for the scripts that source this

RESOURCE=r0
REPLICATED=/dev/drbd0
DISK=/dev/vdd
# A linear layer over the disk, under DRBD: where a fault makes its I/O slow, stall or fail.
BACKING=/dev/mapper/splitsite-backing
FENCE_PEER=/splitsite/bin/splitsite-fence-peer
# Exists while nobody here needs to ask whether the witness's lock can be freed.
LOCK_SETTLED=/run/splitsite/lock-settled

# Timing: a peer that died without a word is noticed after ping-int + ping-timeout = 3 s; then the
# witness answers at once, or 1.5 s later for the secondary site. That stall has to stay far below
# sanlock's 8 x io_timeout (24 s in the fast profile), and ping-timeout far above what a busy
# emulated CPU needs for an answer.
# after-sb-*: never throw data away to end a split brain; arbitration keeps it from happening.
write_drbd_configuration() {
  local name replication_address peers=""
  while read -r name _ replication_address; do
    peers+="
  on $name { address $replication_address:7788; }"
  done < <(facts exporter)
  echo "global { usage-count no; }
resource $RESOURCE {
  device $REPLICATED;
  disk $BACKING;
  meta-disk internal;
  net {
    protocol C;
    allow-two-primaries yes;
    after-sb-0pri disconnect;
    after-sb-1pri disconnect;
    after-sb-2pri disconnect;
    ping-int 1;
    ping-timeout 20;
    timeout 30;
    connect-int 1;
  }
  disk {
    fencing resource-and-stonith;
    # Resynchronise as fast as the link allows: the lab's disks are small.
    c-plan-ahead 0;
    resync-rate 200M;
  }$peers
}" >/etc/drbd.conf
}

# Without udev dmsetup makes the device's name by itself.
make_backing_layer() {
  local sectors
  read -r sectors <"/sys/class/block/${DISK#/dev/}/size"
  DM_DISABLE_UDEV=1 dmsetup create "${BACKING##*/}" --table "0 $sectors linear $DISK 0"
}

# A blank disk has no metadata: only then it is written. Anything else is kept as it is.
prepare_metadata() {
  if ! drbdmeta 0 v08 "$BACKING" internal get-gi >/dev/null 2>&1; then
    drbdmeta --force 0 v08 "$BACKING" internal create-md
  fi
}

# The state of DRBD, from /proc/drbd: no tool, no lock, so that also the fencing handler may ask.
#   connection=Connected role=Primary peer_role=Secondary disk=UpToDate peer_disk=UpToDate
# Everything is "none" before the device exists.
read_replication() {
  local line
  connection=none role=none peer_role=none disk=none peer_disk=none
  while read -r line; do
    if [[ $line =~ ^0:\ cs:([A-Za-z]+)(\ ro:([A-Za-z]+)/([A-Za-z]+)\ ds:([A-Za-z]+)/([A-Za-z]+))? ]]
    then
      connection="${BASH_REMATCH[1]}"
      role="${BASH_REMATCH[3]:-none}" peer_role="${BASH_REMATCH[4]:-none}"
      disk="${BASH_REMATCH[5]:-none}" peer_disk="${BASH_REMATCH[6]:-none}"
      return
    fi
  done </proc/drbd
}

both_copies_up_to_date() {
  read_replication
  [[ $connection == Connected && $disk == UpToDate && $peer_disk == UpToDate ]]
}

# watch_replication FUNCTION: calls FUNCTION after every change DRBD reports, and at least every
# five seconds, until it succeeds. No change is missed: the stream begins with the present state.
watch_replication() {
  local reporter events outcome
  exec {events}< <(exec drbdsetup events2 "$RESOURCE" 2>/dev/null)
  reporter=$!
  until "$@"; do
    outcome=0
    read -r -t 5 -u "$events" _ || outcome=$?
    # Above 128: the five seconds are over. Anything else: the stream has ended, which only happens
    # when its reader is killed or DRBD goes away.
    if ((outcome != 0 && outcome <= 128)); then
      kill "$reporter" 2>/dev/null || true
      echo "DRBD's event stream ended"
      return 1
    fi
  done
  kill "$reporter" 2>/dev/null || true
  exec {events}<&-
}
