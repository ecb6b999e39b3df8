# shellcheck shell=bash
# A host's paths to the replicated LUN: an iSCSI session to each storage node, the multipath device
# over them that prefers the own site's, and over that a linear device, the LUN as the host uses it:
# as in oVirt, where everything lies on logical volumes, and where a fault takes hold of its I/O.
# Timing, all scaled by sanlock's io_timeout as in oVirt. A storage node silent for 2 x io_timeout
# is given up, and a moment later its I/O continues on the other path (7 s in all at an io_timeout
# of 3 s). Not sooner: a storage node that has just lost its peer answers nobody until the witness
# has decided, and giving that one up too would leave no path at all. Without any path I/O is held
# back for as long as sanlock holds a lease without renewing it (8 x io_timeout) and then fails,
# which pauses the guests.

PATHS=/dev/mapper/splitsite-paths
LUN=/dev/mapper/splitsite-lun
LUN_MINOR=100  # out of the way of those the kernel hands out

# How often a silent storage node is asked for a sign of life, and how long a session that has ended
# is waited for before its I/O goes elsewhere.
a_moment() {
  echo "$((($1 + 1) / 3))"
}

# iscsid asks again for ever, so a storage node that is away at boot is found when it comes.
write_iscsi_configuration() {
  local io_timeout="$1" moment prefix settings name address record
  moment="$(a_moment "$io_timeout")"
  prefix="$(facts iqn)"
  settings="node.startup = automatic
node.session.initial_login_retry_max = 1000000
node.session.timeo.replacement_timeout = $moment
node.session.reopen_max = 0
node.conn[0].timeo.login_timeout = 5
node.conn[0].timeo.logout_timeout = 5
node.conn[0].timeo.noop_out_interval = $moment
node.conn[0].timeo.noop_out_timeout = $((2 * io_timeout - moment))
node.session.err_timeo.abort_timeout = 5
node.session.err_timeo.lu_reset_timeout = 5
node.session.err_timeo.tgt_reset_timeout = 5
node.session.err_timeo.host_reset_timeout = 5
node.session.scan = auto"
  echo "InitiatorName=$prefix:$SPLITSITE_NODE" >/etc/iscsi/initiatorname.iscsi
  echo "$settings" >/etc/iscsi/iscsid.conf
  while read -r name address _; do
    record="/etc/iscsi/nodes/$prefix:$name/$address,3260,1"
    mkdir -p "$record"
    echo "# BEGIN RECORD 2.1.8
node.name = $prefix:$name
node.tpgt = 1
$settings
iface.iscsi_ifacename = default
iface.transport_name = tcp
node.conn[0].address = $address
node.conn[0].port = 3260
# END RECORD" >"$record/default"
  done < <(facts exporter)
}

# The identity LIO makes from the unit serial: NAA 6, its company id, and the serial's hex digits.
lun_identity() {
  local digits="${1//[^0-9a-fA-F]/}"
  printf '36001405%-25.25s' "${digits,,}" | tr ' ' 0
}

# uid_attribute "": the identity is read from the disk's own page in sysfs, not from udev's records.
write_multipath_configuration() {
  local io_timeout="$1" serial own_site
  read -r serial _ < <(facts lun)
  read -r own_site _ < <(facts exporter)
  echo "defaults {
  user_friendly_names no
  find_multipaths no
  uid_attribute \"\"
  polling_interval 2
  max_polling_interval 2
  checker_timeout 5
}
overrides {
  path_checker tur
  detect_checker no
  detect_prio no
  path_grouping_policy group_by_prio
  path_selector \"round-robin 0\"
  prio weightedpath
  prio_args \"wwn .*:$own_site 50 .* 10\"
  failback immediate
  fast_io_fail_tmo $(a_moment "$io_timeout")
  no_path_retry $((8 * io_timeout / 2))
  skip_kpartx yes
}
blacklist {
  devnode \".*\"
}
blacklist_exceptions {
  devnode \"^sd[a-z]+\$\"
}
multipaths {
  multipath {
    wwid $(lun_identity "$serial")
    alias splitsite-paths
  }
}" >/etc/multipath.conf
}

# udev knows none of the distribution's rules, only ours: those would probe every device with
# several programs each. Its daemon is udevadm under another name.
start_udev() {
  mkdir -p /run/splitsite/udev
  cp /splitsite/node/udev.rules /run/splitsite/udev/50-splitsite.rules
  mount --bind /run/splitsite/udev /usr/lib/udev/rules.d
  (exec -a systemd-udevd udevadm --daemon)
}

log_in() {
  wait_until 20 "iscsid" grep -q ISCSIADM_ABSTRACT_NAMESPACE /proc/net/unix
  # Both at once and without waiting: the far site may be away.
  iscsiadm -m node -L automatic -W
}

# Waits for the kernel's own block device events; for ever, because storage may be away for long.
wait_for_paths() {
  local events monitor
  exec {events}< <(exec udevadm monitor --kernel --subsystem-match=block)
  monitor=$!
  until [[ -b $PATHS ]]; do
    read -r -t 1 -u "$events" _ || true
  done
  kill "$monitor"
}

# The number the kernel gave the device mapper, from /proc/devices.
device_mapper_major() {
  local number name
  while read -r number name; do
    if [[ $name == device-mapper ]]; then
      echo "$number"
    fi
  done </proc/devices
}

paths_sectors() {
  local name sectors
  for name in /sys/class/block/dm-*/dm/name; do
    if [[ $(<"$name") == "${PATHS##*/}" ]]; then
      read -r sectors <"${name%/dm/name}/size"
      echo "$sectors"
    fi
  done
}

# The LUN, and on it one linear device for each volume, under the same name on every host, so that a
# guest's disk has the same path wherever it runs. One run of dmsetup makes them all; volumes name
# the LUN by its number, because its file may not be there yet.
make_volumes() {
  local vm offset size lun table
  lun="$(device_mapper_major):$LUN_MINOR"
  table="${LUN##*/},,$LUN_MINOR,rw,0 $(paths_sectors) linear $PATHS 0;"
  while read -r vm offset size; do
    table+="vol-$vm,,,rw,0 $((size / 512)) linear $lun $((offset / 512));"
  done < <(facts volume)
  DM_DISABLE_UDEV=1 dmsetup create --concise "${table%;}"
}
