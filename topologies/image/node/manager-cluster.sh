# shellcheck shell=bash
# One of the two nodes of a clustered Manager: its replica of the Manager's state, the watchdog that
# fences this node, Corosync with the witness's vote, and Pacemaker, which runs everything else.
# Rule: what happened before a boot is in DRBD's metadata only. The cluster's own memory is gone with
# the node's power; it is made anew from the lab's description, and a node that still runs has a
# later one, which wins.

# shellcheck source=replication.sh
. /splitsite/node/replication.sh
RESOURCE=manager DISK=/dev/vdd

describe_cluster() {
  jq -r -f /splitsite/node/cluster.jq /lab/lab.json >>"$FACTS"
}

prepare_replica() {
  facts drbd >/etc/drbd.conf
  if ! drbdmeta 0 v08 "$DISK" internal get-gi >/dev/null 2>&1; then
    drbdmeta --force 0 v08 "$DISK" internal create-md
  fi
}

# A secondary may not read its replica; what is below may be read, and the metadata are at its end.
# Directly, because what DRBD writes there passes by the cache.
file_system_there() {
  local magic
  magic="$(dd if="$DISK" bs=4096 count=1 iflag=direct status=none | od -A n -t x2 -j 1080 -N 2)"
  [[ $magic == " ef53" ]]
}

# Once in the life of a lab: two blank replicas are declared equal, and one makes the file system.
first_life() {
  read_replication
  echo "replica: $connection $role/$peer_role $disk/$peer_disk"
  if [[ $SPLITSITE_NODE == "$(facts first)" && $connection == Connected ]]; then
    if [[ $disk/$peer_disk == Inconsistent/Inconsistent ]]; then
      drbdadm -- --clear-bitmap new-current-uuid "$RESOURCE"
    elif [[ $disk/$peer_disk == UpToDate/UpToDate ]] && ! file_system_there; then
      drbdadm primary "$RESOURCE"
      mkfs.ext4 -q -m 0 /dev/drbd0
      drbdadm secondary "$RESOURCE"
    fi
  fi
  read_replication
  [[ $role == Secondary && $peer_role != Primary ]] && file_system_there
}

# A node that comes back has its file system: Pacemaker starts its replica, so that what DRBD then
# tells its handlers reaches Pacemaker.
make_file_system() {
  if ! file_system_there; then
    drbdadm up "$RESOURCE"
    watch_replication first_life
  fi
}

write_cluster_configuration() {
  mkdir -p /etc/corosync /var/lib/corosync /var/log/corosync /run/resource-agents \
    /var/lib/splitsite-manager /usr/lib/ocf/resource.d/splitsite
  ln -sf /splitsite/node/ocf-manager /usr/lib/ocf/resource.d/splitsite/manager
  ln -sf /splitsite/node/fence-watchdog /usr/sbin/fence_watchdog
  facts corosync >/etc/corosync/corosync.conf
  mkdir -p /var/lib/pacemaker/{cib,pengine,blackbox,cores}
  facts cib >/var/lib/pacemaker/cib/cib.xml
  chown -R hacluster:haclient /var/lib/pacemaker
  chmod 600 /var/lib/pacemaker/cib/cib.xml
}

# For sbd and for Pacemaker, which must count with the same watchdog. Nothing is flushed before a
# reset: writes that wait for DRBD's fencing handler would hold it up.
set_environment() {
  export SBD_WATCHDOG_DEV=/dev/watchdog SBD_PACEMAKER=yes SBD_STARTMODE=always SBD_DELAY_START=no \
    SBD_TIMEOUT_ACTION=noflush,reboot SBD_MOVE_TO_ROOT_CGROUP=no SBD_SYNC_RESOURCE_STARTUP=no \
    SBD_WATCHDOG_TIMEOUT PCMK_logfile=$LOGS/pacemaker.log PCMK_logfacility=none
  SBD_WATCHDOG_TIMEOUT="$(facts sbd)"
}

load_cluster_modules() {
  load_modules drbd softdog
}

step "modules" load_cluster_modules
step "cluster described" describe_cluster
step "replica prepared" prepare_replica
step "file system of the Manager" make_file_system
step "cluster configured" write_cluster_configuration
set_environment
# sbd and the fencing handler speak to syslog only.
respawn syslogd busybox syslogd -n -O "$LOGS/syslog"
respawn corosync corosync -f
step "corosync answers" wait_until 60 "corosync" corosync-cfgtool -s
# sbd is not brought back: without it the watchdog resets the node.
step "watchdog" sbd -p /run/sbd.pid watch
respawn qdevice corosync-qdevice -f
respawn pacemaker pacemakerd
announce "cluster started"
