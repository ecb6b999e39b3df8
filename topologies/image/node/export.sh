# shellcheck shell=bash
# The iSCSI export of the replicated LUN through LIO, written straight into its configuration file
# system. Both storage nodes show the same unit serial, hence the same identity, so that multipath
# on the hosts sees one LUN with two paths.

TARGETS=/sys/kernel/config/target

# LIO loads every kind of back end it knows before it makes the first unit. Only iblock is used here
# and it is loaded; the others, and the SCSI subsystem they need, are refused without a word.
first_unit() {
  local autoload=/proc/sys/kernel/modprobe messages=/proc/sys/kernel/printk before before_messages
  before="$(<"$autoload")" before_messages="$(<"$messages")"
  echo >"$autoload"
  echo 1 >"$messages"
  mkdir -p "$1"
  echo "$before" >"$autoload"
  echo "$before_messages" >"$messages"
}

# prepare_export DEVICE SERIAL: the unit itself. iblock does direct I/O on DEVICE: a write is
# acknowledged only after DRBD has it on both sites, and a read never comes from a stale cache.
prepare_export() {
  local unit="$TARGETS/core/iblock_0/splitsite-lun"
  mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
  first_unit "$unit"
  echo "udev_path=$1,readonly=0" >"$unit/control"
  echo 1 >"$unit/enable"
  echo "$2" >"$unit/wwn/vpd_unit_serial"
  # No ALUA: it tells every initiator the same preference, but here each site prefers its own path.
  echo 0 >"$unit/alua/default_tg_pt_gp/alua_access_type"
}

# open_export TARGET ADDRESS: lets initiators in. Any initiator of the lab's network may log in and
# write; the lab is closed, and the leases on the LUN say who may write what.
open_export() {
  local group="$TARGETS/iscsi/$1/tpgt_1"
  mkdir -p "$group/lun/lun_0" "$group/np/$2:3260"
  ln -s "$TARGETS/core/iblock_0/splitsite-lun" "$group/lun/lun_0/splitsite-lun"
  echo 0 >"$group/attrib/authentication"
  echo 0 >"$group/attrib/demo_mode_write_protect"
  echo 1 >"$group/attrib/generate_node_acls"
  echo 1 >"$group/enable"
}
