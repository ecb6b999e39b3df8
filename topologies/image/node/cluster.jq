# The configuration of a clustered Manager, from the lab's description: facts like those of
# facts.jq, for the two Manager nodes only. Each kind is a file, line by line: "corosync" is
# corosync.conf, "drbd" is drbd.conf, "cib" is Pacemaker's first cluster information base, and "sbd"
# is the watchdog's time in seconds. Both nodes get the same text.
# Rule: a node that has lost the vote is gone before the other one may take over.

# All in milliseconds, as in harness/lab/description/manager_cluster.hpp, where they are explained; a
# test compares them with what comes out here. With
#   lost = token + consensus = 11 s, the other node is missed and a new membership formed,
# the loser is gone by lost + sync + watchdog = 27 s, and the winner starts nothing before
# lost + fenced = 33 s.
{ token: 5000,      # 50 round trips of the longest kind
  consensus: 6000,  # 1.2 × token, as Corosync derives it
  vote: 5000,       # a node and the third vote look whether they still have each other
  sync: 6000,       # how long a new membership may wait for the third vote
  watchdog: 10000,  # sbd without a disk: a node that has no quorum is reset
  fenced: 22000     # how long the other one waits before it counts on that
} as $time |

def bare: split("/")[0];
def seconds: . / 1000 | floor;
def nvpairs($id): to_entries[] |
  "<nvpair id=\"\($id)-\(.key)\" name=\"\(.key)\" value=\"\(.value)\"/>";

# Monitors in seconds; a replica in either role needs its own, with another interval.
def operation($of; $name; $timeout; $interval; $more):
  "<op id=\"\($of)-\($name)-\($interval)\" name=\"\($name)\" interval=\"\($interval)s\" timeout=\"\($timeout)s\"\($more)/>";
def operation($of; $name; $timeout): operation($of; $name; $timeout; 0; "");

def corosync($managers; $witness; $lab):
  "totem {", "version: 2", "cluster_name: \($lab)", "transport: knet",
  "crypto_cipher: none", "crypto_hash: none",
  "token: \($time.token)", "consensus: \($time.consensus)", "}",
  "logging {", "to_stderr: no", "to_syslog: no", "to_logfile: yes",
  "logfile: /run/splitsite/log/corosync.log", "timestamp: on", "}",
  # When both halves see the witness, the vote goes to the one that has the Manager (heuristics): the
  # other may even be behind with its replica. If none has it, to the first node, of the primary site.
  "nodelist {",
  ($managers | to_entries[] |
    "node {", "nodeid: \(.key + 1)", "name: \(.value.name)",
    "ring0_addr: \(.value.nics[0].address | bare)", "}"),
  "}",
  "quorum {", "provider: corosync_votequorum",
  "device {", "model: net", "votes: 1", "timeout: \($time.vote)", "sync_timeout: \($time.sync)",
  "net {", "host: \($witness.nics[0].address | bare)", "tls: off", "algorithm: ffsplit",
  "tie_breaker: lowest", "}",
  "heuristics {", "mode: sync", "exec_active: /usr/bin/grep -q ro:Primary /proc/drbd", "}",
  "}", "}";

# DRBD misses its peer after Corosync does: what the fencing handler then asks Pacemaker is decided.
# Until the handler has answered, all writes wait: a loser has acknowledged nothing that is lost.
def drbd($managers):
  "global { usage-count no; }", "resource manager {", "device /dev/drbd0;", "disk /dev/vdd;",
  "meta-disk internal;",
  "net {", "protocol C;", "ping-int 10;", "ping-timeout 30;", "timeout 60;", "connect-int 10;",
  "after-sb-0pri disconnect;", "after-sb-1pri disconnect;", "after-sb-2pri disconnect;", "}",
  "disk {", "fencing resource-and-stonith;", "c-plan-ahead 0;", "resync-rate 200M;", "}",
  "handlers {",
  "fence-peer \"/usr/lib/drbd/crm-fence-peer.sh --timeout 60 --dc-timeout 90\";",
  "after-resync-target \"/usr/lib/drbd/crm-unfence-peer.sh\";", "}",
  ($managers[] | "on \(.name) { address \(.nics[0].address | bare):7789; }"), "}";

def replica:
  "<clone id=\"manager-replica\">",
  "<meta_attributes id=\"manager-replica-meta\">",
  ({"promotable": "true", "promoted-max": 1, "clone-max": 2, "clone-node-max": 1, "notify": "true"} |
    nvpairs("manager-replica-meta")),
  "</meta_attributes>",
  "<primitive id=\"replica\" class=\"ocf\" provider=\"linbit\" type=\"drbd\">",
  "<instance_attributes id=\"replica-attributes\">",
  ({"drbd_resource": "manager", "unfence_if_all_uptodate": "true"} | nvpairs("replica-attributes")),
  "</instance_attributes>", "<operations>",
  operation("replica"; "start"; 60), operation("replica"; "stop"; 60),
  operation("replica"; "promote"; 120), operation("replica"; "demote"; 60),
  operation("replica"; "notify"; 60),
  operation("replica"; "monitor"; 40; 29; " role=\"Promoted\""),
  operation("replica"; "monitor"; 40; 31; " role=\"Unpromoted\""),
  "</operations>", "</primitive>", "</clone>";

def service($address; $prefix):
  "<group id=\"manager\">",
  "<primitive id=\"state\" class=\"ocf\" provider=\"heartbeat\" type=\"Filesystem\">",
  "<instance_attributes id=\"state-attributes\">",
  ({"device": "/dev/drbd0", "directory": "/var/lib/splitsite-manager", "fstype": "ext4",
    "options": "noatime"} | nvpairs("state-attributes")),
  "</instance_attributes>", "<operations>",
  operation("state"; "start"; 60), operation("state"; "stop"; 60),
  operation("state"; "monitor"; 40; 30; ""), "</operations>", "</primitive>",
  "<primitive id=\"address\" class=\"ocf\" provider=\"heartbeat\" type=\"IPaddr2\">",
  "<instance_attributes id=\"address-attributes\">",
  ({"ip": $address, "cidr_netmask": $prefix, "nic": "eth0"} | nvpairs("address-attributes")),
  "</instance_attributes>", "<operations>",
  operation("address"; "start"; 30), operation("address"; "stop"; 30),
  operation("address"; "monitor"; 30; 20; ""), "</operations>", "</primitive>",
  "<primitive id=\"engine\" class=\"ocf\" provider=\"splitsite\" type=\"manager\">",
  # Three deaths in five minutes, or one failed start, and the other node takes over.
  # A monitor may take long: on a crowded machine a TLS handshake of an emulated client does.
  "<meta_attributes id=\"engine-meta\">",
  ({"migration-threshold": 3, "failure-timeout": "300s"} | nvpairs("engine-meta")),
  "</meta_attributes>", "<operations>",
  operation("engine"; "start"; 60), operation("engine"; "stop"; 90),
  operation("engine"; "monitor"; 60; 10; ""), "</operations>", "</primitive>",
  "</group>";

# It stays where it is: moving back would only be one more interruption.
def constraints($primary):
  "<rsc_colocation id=\"manager-with-replica\" rsc=\"manager\" with-rsc=\"manager-replica\" with-rsc-role=\"Promoted\" score=\"INFINITY\"/>",
  "<rsc_order id=\"replica-before-manager\" first=\"manager-replica\" first-action=\"promote\" then=\"manager\" then-action=\"start\"/>",
  "<rsc_location id=\"manager-at-home\" rsc=\"manager\" node=\"\($primary)\" score=\"10\"/>";

def cib($managers; $address; $prefix; $lab):
  "<cib validate-with=\"pacemaker-3.9\" admin_epoch=\"0\" epoch=\"1\" num_updates=\"0\">",
  "<configuration>",
  "<crm_config>", "<cluster_property_set id=\"cluster\">",
  ({"cluster-name": $lab, "stonith-enabled": "true",
    "stonith-watchdog-timeout": "\($time.fenced | seconds)s",
    "no-quorum-policy": "stop", "dc-deadtime": "5s", "cluster-recheck-interval": "60s"} |
    nvpairs("cluster")),
  "</cluster_property_set>", "</crm_config>",
  "<rsc_defaults>", "<meta_attributes id=\"defaults\">",
  ({"resource-stickiness": 100} | nvpairs("defaults")), "</meta_attributes>", "</rsc_defaults>",
  "<nodes>",
  ($managers | to_entries[] | "<node id=\"\(.key + 1)\" uname=\"\(.value.name)\"/>"), "</nodes>",
  "<resources>", replica, service($address; $prefix), "</resources>",
  "<constraints>", constraints($managers[0].name), "</constraints>",
  "</configuration>", "<status/>", "</cib>";

. as $lab |
[.sites[] | select(.role != "third") | .name] as $order |
[$order[] as $site | .nodes[] | select(.role == "manager" and .site == $site)] as $managers |
([.nodes[] | select(.role == "witness")][0]) as $witness |
"first \($managers[0].name)",
"sbd \($time.watchdog | seconds)",
(corosync($managers; $witness; .name) | "corosync \(.)"),
(drbd($managers) | "drbd \(.)"),
(cib($managers; .manager_address; ($managers[0].nics[0].address | split("/")[1]); .name) |
  "cib \(.)")
