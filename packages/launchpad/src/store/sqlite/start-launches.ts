import type { StartToken } from '@skyrocket/contract/agents';
import type { StartLaunches, StartResult } from '@skyrocket/contract/running';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { LaunchState, State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { idList, launchIds } from './firework-rows.ts';
import { fworkerRow } from './launch-columns.ts';
import { changedHistoryColumn, readHistory } from './launch-history.ts';
import { StateLedger } from './state-ledger.ts';

/** A Firework that holds a Launch. */
interface HolderRow {
  fw_id: FwId;
  state: State;
  workflow: number;
  lane: number;
  children: number;
}

interface StartingRow extends Omit<HolderRow, 'state'> {
  launch_id: LaunchId;
  state: LaunchState;
  agent: string | null;
  token: string | null;
  history: string;
  firework: State | null;
  launches: string | null;
}

const startingRow = `
SELECT launches.launch_id, launches.fw_id, launches.state, launches.agent, launches.token, launches.history,
  fireworks.state AS firework, fireworks.launches AS launches, workflow, lane, children
FROM launches LEFT JOIN fireworks USING (fw_id) WHERE launches.launch_id = ?`;
const startRow = `
UPDATE launches SET state = 'RUNNING', token = ?, host = ?, ip = ?, launch_dir = ?, fworker = ?, history = ?
WHERE launch_id = ?`;
const runFirework = "UPDATE fireworks SET state = 'RUNNING', updated_on = ? WHERE fw_id = ?";
const sharedLaunches = `
SELECT DISTINCT launch_id FROM shared_launches
WHERE active = 1 AND launch_id IN (SELECT value FROM json_each(?))`;
const sharers = `
SELECT fireworks.fw_id, workflow, state, lane, children FROM shared_launches JOIN fireworks USING (fw_id)
WHERE shared_launches.launch_id = ? AND shared_launches.active = 1`;

const unfizzleParent = `
UPDATE fireworks SET parents_fizzled = parents_fizzled - 1 WHERE fw_id IN (SELECT child FROM links WHERE parent = ?)`;

/** States in which a Firework that shares a Launch becomes RUNNING when that is started. */
const startedWith: ReadonlySet<State> = new Set(['WAITING', 'READY', 'RESERVED', 'FIZZLED']);

/** Starts Launches, each for itself, inside one transaction. */
export function startLaunches(database: Connection, request: StartLaunches, now: Timestamp): StartResult[] {
  const starter: Starter = {
    database,
    request,
    now,
    fworker: fworkerRow(database, request.fworker),
    shared: new Set(sharedAmong(database, request.starts)),
    ledger: new StateLedger(database),
  };
  const results = request.starts.map((start) => startLaunch(starter, start));
  starter.ledger.settle(now);
  return results;
}

interface Starter {
  database: Connection;
  request: StartLaunches;
  now: Timestamp;
  fworker: number;
  /** Launches that other Fireworks than their makers hold too. */
  shared: ReadonlySet<LaunchId>;
  ledger: StateLedger;
}

function sharedAmong(database: Connection, starts: StartLaunches['starts']): LaunchId[] {
  const rows = database.all<{ launch_id: LaunchId }>(
    sharedLaunches,
    idList(starts.map((start) => start.launchId)),
  );
  return rows.map((row) => row.launch_id);
}

function startLaunch(starter: Starter, start: StartLaunches['starts'][number]): StartResult {
  const { database, request, now, fworker, shared } = starter;
  const { launchId, token } = start;
  const row = database.get<StartingRow>(startingRow, launchId);
  const reason = whyRefused(row, { agent: request.agentId, token });
  if (reason !== null || !row) return { launchId, outcome: 'refused', reason: reason ?? '' };
  if (row.state === 'RUNNING') return { launchId, outcome: 'started', at: startedOn(row) ?? now };
  const place = [toColumn(request.host), request.ip, toColumn(start.launchDir)] as const;
  const entry = { state: 'RUNNING', createdOn: now, updatedOn: now } as const;
  const history = changedHistoryColumn(row.history, { entry });
  database.run(startRow, token, ...place, fworker, history, launchId);
  const { fw_id, workflow, lane, children } = row;
  startFirework(starter, { fw_id, state: 'RESERVED', workflow, lane, children });
  if (shared.has(launchId)) {
    for (const sharer of database.all<HolderRow>(sharers, launchId)) startFirework(starter, sharer);
  }
  return { launchId, outcome: 'started', at: now };
}

function startedOn({ history }: StartingRow): Timestamp | null {
  return readHistory(history).findLast((entry) => entry.state === 'RUNNING')?.createdOn ?? null;
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

function startFirework({ database, ledger, now }: Starter, row: HolderRow): void {
  if (!startedWith.has(row.state)) return;
  database.run(runFirework, now, row.fw_id);
  if (row.state === 'FIZZLED') database.run(unfizzleParent, row.fw_id);
  const standing = { lane: row.lane, leaf: row.children === 0 };
  ledger.move(row.workflow, { ...standing, state: row.state }, { ...standing, state: 'RUNNING' });
}

/** The token that a text is; for columns. */
export function startToken(column: string | null): StartToken | null {
  return column === null ? null : (column as StartToken);
}
