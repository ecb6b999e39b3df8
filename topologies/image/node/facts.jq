# What the boot scripts of one node need of the lab's description, a fact a line, its kind first:
# one run of jq for the whole boot, because each costs a third of a second in an emulated node.
# $node: the node's name. Some kinds are commands of `ip -batch` or `tc -batch` as they stand.

def bare: split("/")[0];

# The wan node's names: "site-a" -> "br-a", "repl-a" -> "br-ra"; link ends "s.a.b", "r.a.b".
def bridge: sub("^repl-"; "br-r") | sub("^site-"; "br-");
def link_ends:
  (if .kind == "replication"
   then {prefix: "r", bridge: "br-r"} else {prefix: "s", bridge: "br-"} end) as $net |
  [{port: "\($net.prefix).\(.first).\(.second)", bridge: "\($net.bridge)\(.first)"},
   {port: "\($net.prefix).\(.second).\(.first)", bridge: "\($net.bridge)\(.second)"}];

def every_node($self):
  "role \($self.role)",
  ($self.nics[] |
    "card \(.mac) \(.device)",
    (if .address == "" then empty else "network addr add \(.address) brd + dev \(.device)" end),
    "network link set \(.device) up"),
  (.nodes[] | select(.nics[0].address != "") | "name \(.nics[0].address | bare) \(.name)"),
  (.vms[] | "name \(.address | bare) \(.name)");

# Exporters come with the own site's first; the initialiser is the first one in the lab.
def shared_storage($self):
  [.nodes[] | select(.role == "storage")] as $exporters | .storage |
  "initialiser \($exporters[0].name)",
  "lun \(.serial) \(.lun_size)",
  "lockspace \(.domain) \(.lockspace_offset)",
  ($exporters | sort_by(.site != $self.site) | .[] |
    "exporter \(.name) \(.nics[0].address | bare) \(.nics[1].address | bare)"),
  "iqn \(.iqn_prefix)",
  (.leases[] | "lease \(.name) \(.offset)"),
  (.volumes[] | "volume \(.vm) \(.offset) \(.size)");

# A self-hosted engine's VM is a guest with a lease and a volume; its agents have a lockspace of their
# own and a place for their metadata.
def hosted_engine($self):
  .hosted_engine | select(. != null) |
  "lease \(.vm.name) \(.lease_offset)",
  "volume \(.vm.name) \(.volume_offset) \(.volume_size)",
  "agents_lockspace hosted-engine \(.lockspace_offset)",
  "agents_metadata \(.metadata_offset) \(.volume_offset - .metadata_offset)",
  (if .hosts | index([$self.name]) then "ha_agent \(.vm.name)" else empty end);

# Two nodes for one Manager: a cluster decides which of them has it (cluster.jq).
def clustered_manager:
  [.nodes[] | select(.role == "manager") | .name] as $managers |
  if $managers | length > 1 then "clustered \($managers | join(" "))" else empty end;

def inter_site($self):
  "type bridge stp_state 0 forward_delay 0 mcast_snooping 0" as $bridge |
  ($self.nics[] |
    "bridges link add \(.network | bridge) \($bridge)",
    "bridges link set \(.device) master \(.network | bridge)",
    "bridges link set \(.device) up",
    "bridges link set \(.network | bridge) up"),
  (.links[] | link_ends |
    "links link add \(.[0].port) type veth peer name \(.[1].port)",
    (.[] |
      "links link set \(.port) master \(.bridge)",
      "links link set \(.port) type bridge_slave isolated on",
      "links link set \(.port) up",
      # The limit is in packets: large enough that the emulator never drops by itself.
      "netem qdisc add dev \(.port) root handle 1: netem limit 100000 delay 0ms"));

([.nodes[] | select(.name == $node)][0] // error("no node '\($node)'")) as $self |
every_node($self),
"io_timeout \(.timing.sanlock_io_timeout_ms / 1000 | floor)",
(if $self.role == "storage" or $self.role == "host"
 then shared_storage($self), hosted_engine($self) else empty end),
(if $self.role == "host" then
   "host \($self.host_id) \($self.nics[0].address) \($self.nics[0].mac)" else empty end),
(if $self.role == "manager" or $self.role == "witness" then clustered_manager else empty end),
(if $self.role == "wan" then inter_site($self) else empty end)
