-- version 3
CREATE TABLE lab (
  name TEXT NOT NULL
) STRICT;
CREATE TABLE policy (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  on_error TEXT NOT NULL,
  fencing TEXT NOT NULL
) STRICT;
CREATE TABLE hosts (
  name TEXT NOT NULL PRIMARY KEY,
  power_management INTEGER NOT NULL,
  spm_priority INTEGER NOT NULL,
  status TEXT NOT NULL,
  status_detail TEXT NOT NULL,
  maintenance_reason TEXT NOT NULL,
  wants_maintenance INTEGER NOT NULL,
  boot_id TEXT NOT NULL
) STRICT;
CREATE TABLE vms (
  name TEXT NOT NULL PRIMARY KEY,
  highly_available INTEGER NOT NULL,
  lease INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  resume_behaviour TEXT NOT NULL,
  migration_mode TEXT NOT NULL,
  preferred_hosts TEXT NOT NULL,
  status TEXT NOT NULL,
  status_detail TEXT NOT NULL,
  stop_reason TEXT NOT NULL,
  ended_with_error INTEGER NOT NULL,
  run_on TEXT,
  started INTEGER,
  stopped INTEGER,
  next_run TEXT,
  user_stop INTEGER NOT NULL,
  stop_by_force INTEGER NOT NULL
) STRICT;
CREATE TABLE affinity_groups (
  name TEXT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL,
  description TEXT NOT NULL,
  hosts_rule TEXT NOT NULL,
  vms_rule TEXT NOT NULL,
  priority REAL NOT NULL,
  vms TEXT NOT NULL,
  hosts TEXT NOT NULL
) STRICT;
CREATE TABLE migrations (
  vm TEXT NOT NULL PRIMARY KEY,
  source TEXT NOT NULL,
  destination TEXT NOT NULL,
  since INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE TABLE pool (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  status TEXT NOT NULL,
  master_domain TEXT NOT NULL,
  spm TEXT
) STRICT;
CREATE TABLE events (
  id INTEGER NOT NULL PRIMARY KEY,
  code INTEGER NOT NULL,
  severity TEXT NOT NULL,
  description TEXT NOT NULL,
  host TEXT,
  vm TEXT,
  time INTEGER NOT NULL,
  correlation_id TEXT NOT NULL,
  user TEXT NOT NULL,
  origin TEXT NOT NULL,
  custom_id INTEGER NOT NULL
) STRICT;
CREATE TABLE jobs (
  id INTEGER NOT NULL PRIMARY KEY,
  description TEXT NOT NULL,
  context TEXT NOT NULL,
  ends_when TEXT NOT NULL,
  host TEXT,
  vm TEXT,
  source TEXT,
  status TEXT NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER,
  steps TEXT NOT NULL
) STRICT;
