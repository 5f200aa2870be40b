import type { StartLaunches, StartResult, StartToken } from '@skyrocket/contract/launchpad';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { LaunchState, State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { type FireworkRow, launchIds } from './firework-rows.ts';
import { fworkerRow } from './launch-columns.ts';
import { changeHistory } from './launch-rows.ts';
import { StateLedger } from './state-ledger.ts';

interface StartingRow {
  launch_id: LaunchId;
  fw_id: FwId;
  state: LaunchState;
  agent: string | null;
  token: string | null;
  firework: State | null;
  launches: string | null;
  started_on: Timestamp | null;
}

const startingRow = `
SELECT launches.launch_id, launches.fw_id, launches.state, launches.agent, launches.token,
  fireworks.state AS firework, fireworks.launches AS launches,
  (SELECT created_on FROM history WHERE history.launch_id = launches.launch_id AND history.state = 'RUNNING'
   ORDER BY position DESC LIMIT 1) AS started_on
FROM launches LEFT JOIN fireworks USING (fw_id) WHERE launches.launch_id = ?`;
const startRow = `
UPDATE launches SET state = 'RUNNING', token = ?, host = ?, ip = ?, launch_dir = ?, fworker = ? WHERE launch_id = ?`;
const holders = `
SELECT * FROM fireworks WHERE fw_id = ?1
UNION ALL SELECT fireworks.* FROM shared_launches JOIN fireworks USING (fw_id)
WHERE shared_launches.launch_id = ?2 AND shared_launches.active = 1`;

const unfizzleParent = `
UPDATE fireworks SET parents_fizzled = parents_fizzled - 1 WHERE fw_id IN (SELECT child FROM links WHERE parent = ?)`;

/** States in which a Firework that shares a Launch becomes RUNNING when that is started. */
const startedWith: ReadonlySet<State> = new Set(['WAITING', 'READY', 'RESERVED', 'FIZZLED']);

/** Starts Launches, each for itself, inside one transaction. */
export function startLaunches(database: Connection, request: StartLaunches, now: Timestamp): StartResult[] {
  const ledger = new StateLedger(database);
  const fworker = fworkerRow(database, request.fworker);
  const results = request.starts.map((start): StartResult => {
    const { launchId, token } = start;
    const row = database.get<StartingRow>(startingRow, launchId);
    const reason = whyRefused(row, { agent: request.agentId, token });
    if (reason !== null || !row) return { launchId, outcome: 'refused', reason: reason ?? '' };
    if (row.state === 'RUNNING') return { launchId, outcome: 'started', at: row.started_on ?? now };
    const place = [toColumn(request.host), request.ip, toColumn(start.launchDir)] as const;
    database.run(startRow, token, ...place, fworker, launchId);
    const entry = { state: 'RUNNING', createdOn: now, updatedOn: now } as const;
    changeHistory(database, launchId, { entry });
    startFireworks(database, { launch: row, ledger, now });
    return { launchId, outcome: 'started', at: now };
  });
  ledger.settle(now);
  return results;
}

/** Null also for one that was started with this token: it is only told again. */
function whyRefused(row: StartingRow | undefined, by: { agent: string; token: string }): string | null {
  if (!row) return 'the Launch was deleted';
  if (row.firework === null || row.launches === null) return 'its Firework was deleted';
  if (!launchIds(row.launches).includes(row.launch_id))
    return 'the Launch was taken back (its Firework was rerun)';
  if (row.state === 'RUNNING' && row.token === by.token) return null;
  if (row.state !== 'RESERVED') return `the Launch is ${row.state}, not RESERVED`;
  if (row.agent !== by.agent) return 'another agent holds the Launch';
  if (row.firework !== 'RESERVED') return `its Firework is ${row.firework}, not RESERVED`;
  return null;
}

function startFireworks(
  database: Connection,
  { launch, ledger, now }: { launch: StartingRow; ledger: StateLedger; now: Timestamp },
): void {
  for (const row of database.all<FireworkRow>(holders, launch.fw_id, launch.launch_id)) {
    if (!startedWith.has(row.state)) continue;
    database.run("UPDATE fireworks SET state = 'RUNNING', updated_on = ? WHERE fw_id = ?", now, row.fw_id);
    if (row.state === 'FIZZLED') database.run(unfizzleParent, row.fw_id);
    const standing = { lane: row.lane, leaf: row.children === 0 };
    ledger.move(row.workflow, { ...standing, state: row.state }, { ...standing, state: 'RUNNING' });
  }
}

/** The token that a text is; for columns. */
export function startToken(column: string | null): StartToken | null {
  return column === null ? null : (column as StartToken);
}
