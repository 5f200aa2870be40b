import type { Connection } from './connection.ts';

/** A step from one version of the schema to the next. It runs inside the transaction that also records its version. */
export interface Migration {
  version: number;
  apply(database: Connection): void;
}

/** `PRAGMA application_id` of our files: "SKYR". */
export const applicationId = 0x534b5952;

/**
 * Version 1.
 * - Specs stand apart from their Fireworks: a change of state rewrites a short row, however long the spec is.
 * - A lane is one combination of what a worker can be picky about (`_category`, `_fworker`, task classes); there are few,
 *   so a claim first finds the lanes that suit a worker and then reads each in order, whatever else is READY.
 * - `workflows` and `counts` keep how many Fireworks are in each state, so that a Workflow's state and a count by state
 *   are never computed from its Fireworks.
 * - A Launch has its history in its row: it is short, written with each change of state, and never searched but for the ids
 *   of reservations, which stand in a table of their own.
 * - User data is lossless JSON text, for `@skyrocket/model/lossless-json` only; lists of ids are plain JSON.
 */
const firstSchema = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;

CREATE TABLE workflows (
  workflow INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  metadata TEXT NOT NULL,
  created_on TEXT NOT NULL,
  updated_on TEXT NOT NULL,
  total INTEGER NOT NULL DEFAULT 0,
  archived INTEGER NOT NULL DEFAULT 0,
  fizzled INTEGER NOT NULL DEFAULT 0,
  defused INTEGER NOT NULL DEFAULT 0,
  paused INTEGER NOT NULL DEFAULT 0,
  waiting INTEGER NOT NULL DEFAULT 0,
  ready INTEGER NOT NULL DEFAULT 0,
  reserved INTEGER NOT NULL DEFAULT 0,
  running INTEGER NOT NULL DEFAULT 0,
  completed INTEGER NOT NULL DEFAULT 0,
  open_leaves INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX workflows_by_state ON workflows (state);
CREATE INDEX workflows_by_name ON workflows (name);
CREATE INDEX workflows_by_created_on ON workflows (created_on);
CREATE INDEX workflows_by_updated_on ON workflows (updated_on);

CREATE TABLE lanes (
  lane INTEGER PRIMARY KEY,
  category TEXT NOT NULL,
  fworker TEXT NOT NULL,
  tasks TEXT NOT NULL,
  ready INTEGER NOT NULL DEFAULT 0,
  UNIQUE (category, fworker, tasks)
) STRICT;
CREATE INDEX lanes_with_ready ON lanes (lane) WHERE ready > 0;

CREATE TABLE fireworks (
  fw_id INTEGER PRIMARY KEY,
  workflow INTEGER NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  launches TEXT NOT NULL,
  archived_launches TEXT NOT NULL,
  created_on TEXT NOT NULL,
  updated_on TEXT NOT NULL,
  lane INTEGER NOT NULL,
  priority TEXT NOT NULL,
  allow_fizzled_parents INTEGER NOT NULL,
  knows_fizzled_parents INTEGER NOT NULL,
  duplicate_key TEXT,
  parents INTEGER NOT NULL DEFAULT 0,
  parents_completed INTEGER NOT NULL DEFAULT 0,
  parents_fizzled INTEGER NOT NULL DEFAULT 0,
  children INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX fireworks_by_workflow ON fireworks (workflow);
CREATE INDEX fireworks_by_state ON fireworks (state);
CREATE INDEX fireworks_by_name ON fireworks (name);
CREATE INDEX fireworks_by_created_on ON fireworks (created_on);
CREATE INDEX fireworks_by_updated_on ON fireworks (updated_on);
CREATE INDEX fireworks_by_duplicate_key ON fireworks (duplicate_key) WHERE duplicate_key IS NOT NULL;
CREATE INDEX fireworks_fizzled ON fireworks (workflow) WHERE state = 'FIZZLED';
CREATE INDEX claim_any ON fireworks (lane, priority DESC, fw_id) WHERE state = 'READY';
CREATE INDEX claim_fifo ON fireworks (lane, priority DESC, created_on, fw_id) WHERE state = 'READY';
CREATE INDEX claim_filo ON fireworks (lane, priority DESC, created_on DESC, fw_id DESC) WHERE state = 'READY';

CREATE TABLE specs (fw_id INTEGER PRIMARY KEY, spec TEXT NOT NULL) STRICT;

CREATE TABLE links (
  parent INTEGER NOT NULL,
  child INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (parent, child)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_child ON links (child, parent);

CREATE TABLE counts (state TEXT PRIMARY KEY, fireworks INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE fworkers (fworker INTEGER PRIMARY KEY, document TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE launches (
  launch_id INTEGER PRIMARY KEY,
  fw_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  fworker INTEGER NOT NULL,
  host TEXT NOT NULL,
  ip TEXT NOT NULL,
  launch_dir TEXT NOT NULL,
  trackers TEXT NOT NULL,
  history TEXT NOT NULL,
  action TEXT,
  agent TEXT,
  token TEXT
) STRICT;
CREATE INDEX launches_by_firework ON launches (fw_id);
CREATE INDEX launches_by_state ON launches (state);
CREATE INDEX launches_held ON launches (agent) WHERE agent IS NOT NULL AND state IN ('RESERVED', 'RUNNING');

CREATE TABLE reservations (
  reservation_id TEXT NOT NULL,
  launch_id INTEGER NOT NULL,
  PRIMARY KEY (reservation_id, launch_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reservations_by_launch ON reservations (launch_id);

CREATE TABLE shared_launches (
  launch_id INTEGER NOT NULL,
  fw_id INTEGER NOT NULL,
  active INTEGER NOT NULL,
  PRIMARY KEY (launch_id, fw_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX shared_launches_by_firework ON shared_launches (fw_id);

CREATE TABLE agents (
  agent TEXT PRIMARY KEY,
  fworker TEXT NOT NULL,
  host TEXT NOT NULL,
  ip TEXT NOT NULL,
  pid INTEGER NOT NULL,
  process_start TEXT NOT NULL,
  journal TEXT NOT NULL,
  version TEXT NOT NULL,
  owner TEXT,
  renewed_on TEXT NOT NULL,
  claim TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL, given_on TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (given_on);

CREATE TABLE chains (name TEXT PRIMARY KEY, revision INTEGER NOT NULL, state TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE offline_runs (
  launch_id INTEGER PRIMARY KEY,
  fw_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  standing TEXT NOT NULL
) STRICT;
CREATE INDEX offline_runs_open ON offline_runs (launch_id) WHERE standing = 'open';

CREATE TABLE import_sources (
  source TEXT PRIMARY KEY,
  kept_fw_ids_below INTEGER NOT NULL,
  kept_launch_ids_below INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE imports (source TEXT NOT NULL, fw_id INTEGER NOT NULL, PRIMARY KEY (source, fw_id)) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  token TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  label TEXT NOT NULL,
  fworker TEXT,
  category TEXT,
  query TEXT NOT NULL,
  expires_on TEXT,
  created_on TEXT NOT NULL,
  revoked_on TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE import_failures (
  fw_id INTEGER NOT NULL,
  task TEXT NOT NULL,
  worker TEXT NOT NULL,
  PRIMARY KEY (fw_id, task, worker)
) STRICT, WITHOUT ROWID;
`;

/** Version 2: the job of a batch system in which an agent runs, as JSON. */
const agentJobs = 'ALTER TABLE agents ADD COLUMN job TEXT';

/** Version 3: by which workers' tokens Launches were reserved and chains were made, and for which FWorker a chain is. */
const owners = `
CREATE TABLE launch_owners (launch_id INTEGER PRIMARY KEY, owner TEXT NOT NULL) STRICT;
ALTER TABLE chains ADD COLUMN fworker TEXT;
ALTER TABLE chains ADD COLUMN owner TEXT;
`;

/** All migrations, oldest first; the last one's version is the version of this program's files. */
export const migrations: readonly Migration[] = [
  { version: 1, apply: (database) => database.script(firstSchema) },
  { version: 2, apply: (database) => database.script(agentJobs) },
  { version: 3, apply: (database) => database.script(owners) },
];
