import type { StartToken } from '@skyrocket/contract/agents';
import type { StartLaunches, StartResult } from '@skyrocket/contract/running';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { LaunchState, State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { idList, launchIds } from './firework-rows.ts';
import { grouped } from './grouped.ts';
import { fworkerRow } from './launch-columns.ts';
import { changedHistoryColumn, readHistory } from './launch-history.ts';
import { StateLedger } from './state-ledger.ts';

/** A Firework that holds a Launch. */
interface Holder {
  fw_id: FwId;
  workflow: number;
  lane: number;
  children: number;
}

interface StartingRow extends Holder {
  launch_id: LaunchId;
  state: LaunchState;
  agent: string | null;
  token: string | null;
  history: string;
  firework: State | null;
  launches: string | null;
}

const startingRows = `
SELECT launches.launch_id, launches.fw_id, launches.state, launches.agent, launches.token, launches.history,
  fireworks.state AS firework, fireworks.launches AS launches, workflow, lane, children
FROM launches LEFT JOIN fireworks USING (fw_id) WHERE launches.launch_id IN (SELECT value FROM json_each(?))`;
const startRows = `
UPDATE launches SET state = 'RUNNING', token = value ->> 1, host = ?, ip = ?, launch_dir = value ->> 2,
  fworker = ?, history = ?
FROM json_each(?) WHERE launch_id = value ->> 0`;
const runFireworks =
  "UPDATE fireworks SET state = 'RUNNING', updated_on = ? WHERE fw_id IN (SELECT value FROM json_each(?))";
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
  const ids = idList(request.starts.map((start) => start.launchId));
  const rows = database.all<StartingRow>(startingRows, ids);
  const shared = database.all<{ launch_id: LaunchId }>(sharedLaunches, ids);
  const starter: Starter = {
    database,
    request,
    now,
    rows: new Map(rows.map((row) => [row.launch_id, row])),
    shared: new Set(shared.map((row) => row.launch_id)),
    started: [],
    running: new Set(),
    ledger: new StateLedger(database),
  };
  const results = request.starts.map((start) => startLaunch(starter, start));
  writeStarts(starter);
  return results;
}

type Start = StartLaunches['starts'][number];

/** What a call is about, and what it has decided so far; that is written in the end. */
interface Starter {
  database: Connection;
  request: StartLaunches;
  now: Timestamp;
  /** Launches as they stand, those among them that were started. */
  rows: Map<LaunchId, StartingRow>;
  /** Launches that other Fireworks than their makers hold too. */
  shared: ReadonlySet<LaunchId>;
  /** With their histories before. */
  started: { start: Start; history: string }[];
  /** Fireworks that become RUNNING. */
  running: Set<FwId>;
  ledger: StateLedger;
}

function startLaunch(starter: Starter, start: Start): StartResult {
  const { database, request, now, shared } = starter;
  const { launchId, token } = start;
  const row = starter.rows.get(launchId);
  const reason = whyRefused(starter, row, { agent: request.agentId, token });
  if (reason !== null || !row) return { launchId, outcome: 'refused', reason: reason ?? '' };
  if (row.state === 'RUNNING') return { launchId, outcome: 'started', at: startedOn(row) ?? now };
  starter.started.push({ start, history: row.history });
  row.state = 'RUNNING';
  row.token = token;
  startFirework(starter, row, 'RESERVED');
  if (shared.has(launchId)) {
    for (const sharer of database.all<Holder & { state: State }>(sharers, launchId))
      startFirework(starter, sharer, sharer.state);
  }
  return { launchId, outcome: 'started', at: now };
}

function startedOn({ history }: StartingRow): Timestamp | null {
  return readHistory(history).findLast((entry) => entry.state === 'RUNNING')?.createdOn ?? null;
}

/** Null also for one that was started with this token: it is only told again. */
function whyRefused(
  { running }: Starter,
  row: StartingRow | undefined,
  by: { agent: string; token: string },
): string | null {
  if (!row) return 'the Launch was deleted';
  if (row.firework === null || row.launches === null) return 'its Firework was deleted';
  if (!launchIds(row.launches).includes(row.launch_id))
    return 'the Launch was taken back (its Firework was rerun)';
  if (row.state === 'RUNNING' && row.token === by.token) return null;
  if (row.state !== 'RESERVED') return `the Launch is ${row.state}, not RESERVED`;
  if (row.agent !== by.agent) return 'another agent holds the Launch';
  const firework = running.has(row.fw_id) ? 'RUNNING' : row.firework;
  return firework === 'RESERVED' ? null : `its Firework is ${firework}, not RESERVED`;
}

function startFirework({ database, running, ledger }: Starter, holder: Holder, state: State): void {
  const { fw_id: fwId, workflow, lane, children } = holder;
  if (!startedWith.has(state) || running.has(fwId)) return;
  running.add(fwId);
  if (state === 'FIZZLED') database.run(unfizzleParent, fwId);
  const leaf = children === 0;
  ledger.move(workflow, { state, lane, leaf }, { state: 'RUNNING', lane, leaf });
}

/** Launches that were claimed together have the same history. */
function writeStarts({ database, request, now, started, running, ledger }: Starter): void {
  const place = [toColumn(request.host), request.ip] as const;
  const fworker = fworkerRow(database, request.fworker);
  const entry = { state: 'RUNNING', createdOn: now, updatedOn: now } as const;
  for (const [before, alike] of grouped(started, ({ history }) => history)) {
    const history = changedHistoryColumn(before, { entry });
    const starts = alike.map(({ start }) => [start.launchId, start.token, toColumn(start.launchDir)]);
    database.run(startRows, ...place, fworker, history, JSON.stringify(starts));
  }
  database.run(runFireworks, now, idList(running));
  ledger.settle(now);
}

/** The token that a text is; for columns. */
export function startToken(column: string | null): StartToken | null {
  return column === null ? null : (column as StartToken);
}
