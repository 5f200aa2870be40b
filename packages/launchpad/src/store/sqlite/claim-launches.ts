import type { ClaimedLaunch } from '@skyrocket/contract/running';
import { SkyrocketError } from '@skyrocket/model/errors';
import { storedFireworkDocument } from '@skyrocket/model/firework-document';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { trackersOfNewLaunch } from '@skyrocket/model/launch-document';
import type { FireworkRecord, LaunchRecord } from '@skyrocket/model/records';
import { declaredResources, fitsInto } from '@skyrocket/model/resources';
import { secondsBetween, type Timestamp } from '@skyrocket/model/timestamp';
import type { StoreClaim, StoreClaimed } from '../store.ts';
import { claimCandidates } from './claim-candidates.ts';
import { claimAnswer, rememberClaim } from './claim-memory.ts';
import { fromColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { type FireworkRow, fireworkRecord, idList, launchIds } from './firework-rows.ts';
import { drawIds } from './ids.ts';
import type { Lanes, WorkerMatch } from './lanes.ts';
import { fworkerRow, readMap } from './launch-columns.ts';
import { insertLaunchRecord, loadLaunchRecords } from './launch-rows.ts';
import { noteOwner } from './reservations.ts';
import type { Write } from './shared-commits.ts';
import { StateLedger } from './state-ledger.ts';

const reserve = `
UPDATE fireworks SET state = 'RESERVED', launches = ?, updated_on = ? WHERE fw_id = ? AND state = 'READY'`;

/** What a claim found, before anything is written. */
interface Selection {
  rows: FireworkRow[];
  exhausted: boolean;
}

export interface ClaimContext {
  database: Connection;
  write: Write;
  lanes: Lanes;
  now: Timestamp;
}

/**
 * Claims Fireworks in one transaction. A worker's own query is tried on whole Fireworks, which may take long; that is
 * done before the transaction, so that nobody waits for it, and what was claimed by another meanwhile is left out.
 */
export async function claimLaunches(context: ClaimContext, request: StoreClaim): Promise<StoreClaimed> {
  const { database, write, lanes } = context;
  if (request.fwId !== undefined) return write(() => claimOne(context, request, request.fwId));
  const match = await lanes.matchFor(request.fworker);
  const looksInside = match.query !== null || request.resources !== undefined;
  const seen = database.read(() => (looksInside ? select(context, request, match) : null));
  // Asking for work where there is none takes no lock.
  const idle = seen ? seen.rows.length === 0 : suitableLanes(context, request, match).length === 0;
  if (idle && claimAnswer(database, request) === null) return nothing;
  return write(() => {
    const repeated = repeatedClaim(database, request);
    if (repeated) return repeated;
    const selection = seen ? stillReady(database, seen) : select(context, request, match);
    return reserveRows(context, request, selection);
  });
}

const nothing: StoreClaimed = { claims: [], dupefinders: [], exhausted: true };

function suitableLanes({ lanes }: ClaimContext, { withoutTasks }: StoreClaim, match: WorkerMatch): number[] {
  return lanes
    .withReady()
    .filter((lane) => match.suits(lane) && !lane.tasks.some((task) => withoutTasks.includes(task)))
    .map((lane) => lane.lane);
}

function select(context: ClaimContext, request: StoreClaim, match: WorkerMatch): Selection {
  const { database } = context;
  const rows: FireworkRow[] = [];
  const wanted = { lanes: suitableLanes(context, request, match), order: request.order };
  const suits = suitsWorker(request, match);
  const passedOver = new Set<number>(request.withoutFireworks);
  for (const row of claimCandidates(database, wanted)) {
    if (passedOver.has(row.fw_id) || (suits && !suits(recordOf(database, row)))) continue;
    if (rows.length === request.count) return { rows, exhausted: false };
    rows.push(row);
  }
  return { rows, exhausted: true };
}

/** What only the whole Firework can tell; null when nothing is asked of it. */
function suitsWorker(
  { resources }: StoreClaim,
  { query }: WorkerMatch,
): ((firework: FireworkRecord) => boolean) | null {
  if (!query && !resources) return null;
  return (firework) =>
    (!query || query(storedFireworkDocument(firework))) &&
    (!resources || fitsInto(declaredResources(firework.spec, resources.dialect), resources));
}

function stillReady(database: Connection, seen: Selection): Selection {
  const ids = idList(seen.rows.map((row) => row.fw_id));
  const now = database.all<FireworkRow>(
    "SELECT * FROM fireworks WHERE fw_id IN (SELECT value FROM json_each(?)) AND state = 'READY'",
    ids,
  );
  const ready = new Map(now.map((row) => [row.fw_id, row]));
  const rows = seen.rows.flatMap((row) => {
    const found = ready.get(row.fw_id);
    return found && found.updated_on === row.updated_on ? [found] : [];
  });
  return { rows, exhausted: seen.exhausted && rows.length === seen.rows.length };
}

function reserveRows(context: ClaimContext, request: StoreClaim, selection: Selection): StoreClaimed {
  const { database, now } = context;
  const { rows, exhausted } = selection;
  if (rows.length === 0) return { ...nothing, exhausted };
  const place = placeOf(database, request);
  const ledger = new StateLedger(database);
  const holder = { agent: request.agentId, fworker: fworkerRow(database, request.fworker) };
  const first = drawIds(database, 'next_launch_id', rows.length);
  const claims = rows.map((row, index): ClaimedLaunch => {
    const id = launchId(first + index);
    const before = recordOf(database, row);
    const launch = newLaunch({ id, firework: before, request, place, now });
    insertLaunchRecord(database, launch, holder);
    if (request.owner !== undefined) noteOwner(database, { launchId: id, owner: request.owner });
    const launches = [...before.launches, id];
    database.run(reserve, idList(launches), now, row.fw_id);
    const standing = { lane: row.lane, leaf: row.children === 0 };
    ledger.move(row.workflow, { ...standing, state: 'READY' }, { ...standing, state: 'RESERVED' });
    const earlier = loadLaunchRecords(database, before.launches);
    const firework: FireworkRecord = { ...before, state: 'RESERVED', launches, updatedOn: now };
    return { launchId: id, firework, launches: [...earlier, launch] };
  });
  ledger.settle(now);
  const dupefinders = rows.filter((row) => row.duplicate_key !== null).map((row) => fwId(row.fw_id));
  const answer = { launchIds: claims.map((claim) => claim.launchId), exhausted };
  rememberClaim(database, request, { answer, now });
  return { claims, dupefinders, exhausted };
}

function newLaunch(of: {
  id: LaunchId;
  firework: FireworkRecord;
  request: StoreClaim;
  place: Place;
  now: Timestamp;
}): LaunchRecord {
  return {
    launchId: of.id,
    fwId: of.firework.fwId,
    state: 'RESERVED',
    fworker: of.request.fworker,
    ...of.place,
    trackers: trackersOfNewLaunch(of.firework.spec),
    action: null,
    history: [{ state: 'RESERVED', createdOn: of.now, updatedOn: of.now }],
  };
}

type Place = Pick<LaunchRecord, 'host' | 'ip' | 'launchDir'>;

/** Where the agent is; it chooses the directory when it starts. Without an agent: where the job is submitted from. */
function placeOf(database: Connection, { agentId, submittedFrom }: StoreClaim): Place {
  if (submittedFrom) return submittedFrom;
  const row = database.get<{ host: string; ip: string }>(
    'SELECT host, ip FROM agents WHERE agent = ?',
    agentId,
  );
  if (row) return { host: fromColumn(row.host), ip: row.ip, launchDir: '' };
  throw new SkyrocketError(
    'NOT_ALLOWED',
    `agent ${agentId} is not registered with this launchpad (any more), so it cannot claim; it has to register again`,
  );
}

/** Claims one Firework by its id; one that is READY as any other, one that is RESERVED with its Launch. */
function claimOne(context: ClaimContext, request: StoreClaim, id: FwId | undefined): StoreClaimed {
  const { database } = context;
  const repeated = repeatedClaim(database, request);
  if (repeated) return repeated;
  const row = database.get<FireworkRow>('SELECT * FROM fireworks WHERE fw_id = ?', id ?? null);
  if (!row) {
    throw new SkyrocketError('NOT_FOUND', `there is no Firework ${id} in the launchpad ${database.file}`);
  }
  if (row.state === 'READY') return reserveRows(context, request, { rows: [row], exhausted: true });
  return row.state === 'RESERVED' && request.agentId !== null ? takeReserved(context, request, row) : nothing;
}

/** The first RESERVED Launch of a RESERVED Firework goes to this agent. */
function takeReserved(context: ClaimContext, request: StoreClaim, row: FireworkRow): StoreClaimed {
  const { database, now } = context;
  const { host, ip } = placeOf(database, request);
  const launches = loadLaunchRecords(database, launchIds(row.launches));
  const reserved = launches.find((launch) => launch.state === 'RESERVED');
  if (!reserved || isHeldByAnother(context, request, reserved.launchId)) return nothing;
  database.run(
    'UPDATE launches SET agent = ?, fworker = ? WHERE launch_id = ?',
    request.agentId,
    fworkerRow(database, request.fworker),
    reserved.launchId,
  );
  const taken = { ...reserved, fworker: request.fworker, host, ip };
  rememberClaim(database, request, { answer: { launchIds: [reserved.launchId], exhausted: true }, now });
  return {
    claims: [
      {
        launchId: reserved.launchId,
        firework: recordOf(database, row),
        launches: [...launches.filter((launch) => launch !== reserved), taken],
      },
    ],
    dupefinders: row.duplicate_key === null ? [] : [fwId(row.fw_id)],
    exhausted: true,
  };
}

/** Whether another agent that was heard of within a lease claimed the Launch. */
function isHeldByAnother({ database, now }: ClaimContext, request: StoreClaim, id: LaunchId): boolean {
  const holder = database.get<{ agent: string; renewed_on: Timestamp }>(
    'SELECT agent, renewed_on FROM launches JOIN agents USING (agent) WHERE launch_id = ?',
    id,
  );
  if (!holder || holder.agent === request.agentId) return false;
  return secondsBetween(holder.renewed_on, now) < request.leaseSeconds;
}

/** The claims of an earlier call with this key, as far as they still are this agent's to start. */
function repeatedClaim(database: Connection, request: StoreClaim): StoreClaimed | null {
  const answer = claimAnswer(database, request);
  if (answer === null) return null;
  const rows = database.all<FireworkRow & { launch_id: LaunchId }>(
    `SELECT fireworks.*, launches.launch_id FROM launches JOIN fireworks USING (fw_id)
     WHERE launch_id IN (SELECT value FROM json_each(?)) AND agent IS ? AND launches.state = 'RESERVED'
       AND fireworks.state = 'RESERVED' ORDER BY launch_id`,
    idList(answer.launchIds),
    request.agentId,
  );
  const claims = rows
    .filter((row) => launchIds(row.launches).includes(row.launch_id))
    .map((row) => claimAgain(database, row));
  const dupefinders = rows.filter((row) => row.duplicate_key !== null).map((row) => fwId(row.fw_id));
  return { claims, dupefinders, exhausted: answer.exhausted };
}

function claimAgain(database: Connection, row: FireworkRow & { launch_id: LaunchId }): ClaimedLaunch {
  const launches = loadLaunchRecords(database, launchIds(row.launches));
  const own = launches.filter((launch) => launch.launchId === row.launch_id);
  const others = launches.filter((launch) => launch.launchId !== row.launch_id);
  return {
    launchId: launchId(row.launch_id),
    firework: recordOf(database, row),
    launches: [...others, ...own],
  };
}

function recordOf(database: Connection, row: FireworkRow): FireworkRecord {
  const spec = database.get<{ spec: string }>('SELECT spec FROM specs WHERE fw_id = ?', row.fw_id);
  return fireworkRecord(row, readMap(spec?.spec ?? '{}'));
}
