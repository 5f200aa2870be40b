import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import type { Connection } from '@skyrocket/launchpad/store/sqlite/connection';
import { parseJson } from '@skyrocket/model/lossless-json';
import { priorityKey } from '@skyrocket/model/priority';
import { isUserMap, type UserMap } from '@skyrocket/model/user-data';

/** Works out again, from the Fireworks, specs and links alone, all that the tables keep beside them, and compares. */
export function expectKeptCountsToBeRight(database: Connection): void {
  const rows = (sql: string) => database.all<object>(sql).map((row) => ({ ...row }));
  for (const [kept, counted] of recounts) expect(rows(kept)).toEqual(rows(counted));
  for (const sql of impossible) expect(rows(sql)).toEqual([]);
  for (const row of database.all<SpecRow>(specRows)) expect({ ...row }).toEqual(specRowOf(row));
}

const states = [
  'archived',
  'fizzled',
  'defused',
  'paused',
  'waiting',
  'ready',
  'reserved',
  'running',
  'completed',
];
const count = (state: string) => `coalesce(sum(state = '${state.toUpperCase()}'), 0) AS ${state}`;

/** What is kept, and how it is counted. */
const recounts: [string, string][] = [
  [
    'SELECT fw_id, parents, parents_completed, parents_fizzled, children FROM fireworks ORDER BY fw_id',
    `SELECT fw_id,
       (SELECT count(*) FROM links WHERE child = fw_id) AS parents,
       (SELECT count(*) FROM links JOIN fireworks AS parent ON parent.fw_id = links.parent
        WHERE child = fireworks.fw_id AND parent.state = 'COMPLETED') AS parents_completed,
       (SELECT count(*) FROM links JOIN fireworks AS parent ON parent.fw_id = links.parent
        WHERE child = fireworks.fw_id AND parent.state = 'FIZZLED') AS parents_fizzled,
       (SELECT count(*) FROM links WHERE parent = fw_id) AS children
     FROM fireworks ORDER BY fw_id`,
  ],
  [
    `SELECT workflow, total, open_leaves, ${states.join(', ')} FROM workflows ORDER BY workflow`,
    `SELECT workflow, count(*) AS total,
       sum(state <> 'COMPLETED' AND NOT EXISTS (SELECT 1 FROM links WHERE parent = fw_id)) AS open_leaves,
       ${states.map(count).join(', ')}
     FROM fireworks GROUP BY workflow ORDER BY workflow`,
  ],
  [
    'SELECT state, fireworks FROM counts WHERE fireworks <> 0 ORDER BY state',
    'SELECT state, count(*) AS fireworks FROM fireworks GROUP BY state ORDER BY state',
  ],
  [
    'SELECT lane, ready FROM lanes WHERE ready <> 0 ORDER BY lane',
    "SELECT lane, count(*) AS ready FROM fireworks WHERE state = 'READY' GROUP BY lane ORDER BY lane",
  ],
  [
    'SELECT launch_id, fw_id, active FROM shared_launches ORDER BY launch_id, fw_id',
    `SELECT launch_id, fireworks.fw_id, max(active) AS active FROM (
       SELECT fw_id, value AS launch_id, 1 AS active FROM fireworks, json_each(launches)
       UNION ALL SELECT fw_id, value, 0 FROM fireworks, json_each(archived_launches)
     ) AS held JOIN fireworks ON fireworks.fw_id = held.fw_id JOIN launches USING (launch_id)
     WHERE launches.fw_id <> fireworks.fw_id GROUP BY launch_id, fireworks.fw_id ORDER BY launch_id, fireworks.fw_id`,
  ],
];

/** What must find nothing. */
const impossible: string[] = [
  'SELECT fw_id FROM fireworks WHERE fw_id NOT IN (SELECT fw_id FROM specs)',
  'SELECT fw_id FROM specs WHERE fw_id NOT IN (SELECT fw_id FROM fireworks)',
  'SELECT fw_id FROM fireworks WHERE workflow NOT IN (SELECT workflow FROM workflows)',
  `SELECT parent, child FROM links
   WHERE parent NOT IN (SELECT fw_id FROM fireworks) OR child NOT IN (SELECT fw_id FROM fireworks)`,
  `SELECT value FROM fireworks, json_each(launches) WHERE value NOT IN (SELECT launch_id FROM launches)`,
  `SELECT value FROM fireworks, json_each(archived_launches) WHERE value NOT IN (SELECT launch_id FROM launches)`,
  'SELECT launch_id FROM reservations WHERE launch_id NOT IN (SELECT launch_id FROM launches)',
  `SELECT launch_id FROM launches WHERE fw_id NOT IN (SELECT fw_id FROM fireworks)
   AND launch_id NOT IN (SELECT launch_id FROM shared_launches)`,
  "SELECT launch_id FROM launches WHERE state <> history ->> '$[#-1].state'",
  "SELECT fw_id FROM fireworks WHERE fw_id >= (SELECT value FROM meta WHERE name = 'next_fw_id')",
  "SELECT launch_id FROM launches WHERE launch_id >= (SELECT value FROM meta WHERE name = 'next_launch_id')",
];

interface SpecRow {
  spec: string;
  category: string;
  fworker: string;
  priority: string;
  allow_fizzled_parents: number;
  knows_fizzled_parents: number;
  duplicate_key: string | null;
}

const specRows = `
SELECT spec, category, fworker, priority, allow_fizzled_parents, knows_fizzled_parents, duplicate_key
FROM fireworks JOIN specs USING (fw_id) JOIN lanes USING (lane)`;

/** The columns that a spec should have; of flags, random lives only know `true`. */
function specRowOf({ spec: text, category, fworker }: SpecRow): SpecRow {
  const parsed = parseJson(text);
  const spec: UserMap = isUserMap(parsed) ? parsed : new Map();
  const allowed = spec.get('_allow_fizzled_parents');
  return {
    spec: text,
    category: spec.has('_category') ? category : '',
    fworker: spec.has('_fworker') ? fworker : '',
    priority: priorityKey(spec.get('_priority')),
    allow_fizzled_parents: allowed === undefined || allowed === false || allowed === 0 ? 0 : 1,
    knows_fizzled_parents: spec.has('_fizzled_parents') ? 1 : 0,
    duplicate_key: spec.has('_dupefinder') ? createHash('sha256').update(text).digest('hex') : null,
  };
}
