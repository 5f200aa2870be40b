import type { StartLaunches, StartResult } from '@skyrocket/contract/running';
import { changedHistory } from '@skyrocket/model/apply-change';
import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import type { HistoryEntry, LaunchRecord } from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { Document } from 'mongodb';
import type { RememberedClaim } from './claim-memory.ts';
import { type MongoConnection, type OwnDocument, passing } from './connection.ts';
import { fworkerDocument, integerOf, launchIdsOf, stateOf } from './documents.ts';
import { findLaunches } from './find-launches.ts';
import { addHistory } from './launch-writes.ts';
import { markRunning } from './mark-running.ts';
import { valueFor } from './planned-writes.ts';

type Start = StartLaunches['starts'][number];

/** A Launch that is to be started, as it was when it was looked at. */
interface Starting {
  start: Start;
  launch: LaunchRecord | undefined;
  claim: OwnDocument<number> | undefined;
  maker: Holder | undefined;
  /** Other Fireworks that hold the Launch. */
  sharers: Holder[];
  /** How it was claimed, if this process did that. */
  remembered?: RememberedClaim | undefined;
}

interface Holder {
  fwId: FwId;
  state: State;
  launches: LaunchId[];
}

/** States in which a Firework that shares a Launch becomes RUNNING when that is started. */
const startedWith: ReadonlySet<State> = new Set(['WAITING', 'READY', 'RESERVED', 'FIZZLED']);

/** What a start did. `touched`: Fireworks whose copies in the Workflow may be wrong now, since a decision came between. */
export interface Started {
  results: StartResult[];
  touched: FwId[];
}

/**
 * Starts Launches without a lock, in this order (the reasons stand in `mongo-store.ts`): the token of each is recorded; the
 * Workflows' copy of the states; the Fireworks, each only where it still is RESERVED with this Launch; the Launches.
 */
export async function startLaunches(connection: MongoConnection, request: StartLaunches): Promise<Started> {
  const all = recall(connection, request) ?? (await look(connection, request.starts));
  const results = new Map<LaunchId, StartResult>();
  const open: Starting[] = [];
  for (const one of all) {
    const result = foregone(one, request.agentId);
    if (result) results.set(one.start.launchId, result);
    else open.push(one);
  }
  const { started, touched } = await startOpen(connection, request, open);
  for (const [id, result] of started) results.set(id, result);
  return {
    results: request.starts.map(
      ({ launchId: id }) => results.get(id) ?? refused(id, 'the Launch was deleted'),
    ),
    touched,
  };
}

/** What this process claimed itself a moment ago, if that is all that is to be started. */
function recall({ claims }: MongoConnection, { agentId, starts }: StartLaunches): Starting[] | null {
  const remembered = claims.takeClaims(
    agentId,
    starts.map((start) => start.launchId),
  );
  if (!remembered) return null;
  return starts.map((start) => {
    const own = remembered.get(start.launchId);
    const launch = own?.launch;
    const maker = launch && { fwId: launch.fwId, state: 'RESERVED' as const, launches: [launch.launchId] };
    const claim = { _id: Number(start.launchId), agent: agentId };
    return { start, launch, claim, maker, sharers: [], remembered: own };
  });
}

async function look(connection: MongoConnection, starts: Start[]): Promise<Starting[]> {
  const ids = starts.map((start) => start.launchId);
  const [launches, claims, holders] = await Promise.all([
    findLaunches(connection, ids, 'without-actions'),
    connection.starts.find({ _id: { $in: [...ids] } }).toArray(),
    holdersOf(connection, ids),
  ]);
  return starts.map((start) => {
    const launch = launches.find((one) => one.launchId === start.launchId);
    const holding = holders.filter((holder) => holder.launches.includes(start.launchId));
    return {
      start,
      launch,
      claim: claims.find((claim) => claim._id === start.launchId),
      maker: holding.find((holder) => holder.fwId === launch?.fwId),
      sharers: holding.filter((holder) => holder.fwId !== launch?.fwId),
    };
  });
}

async function holdersOf({ fireworks }: MongoConnection, ids: LaunchId[]): Promise<Holder[]> {
  const found = await fireworks
    .find({ launches: { $in: [...ids] } }, { projection: { _id: 0, fw_id: 1, state: 1, launches: 1 } })
    .toArray();
  return found.map((document) => ({
    fwId: fwId(integerOf(document.fw_id)),
    state: stateOf(document.state),
    launches: launchIdsOf(document.launches),
  }));
}

/** The result where nothing is to be written; null where the Launch may be started. */
function foregone({ start, launch, claim, maker }: Starting, agent: string): StartResult | null {
  const { launchId: id, token } = start;
  if (!launch) return refused(id, 'the Launch was deleted');
  const startedOn = launch.history.findLast((entry) => entry.state === 'RUNNING')?.createdOn;
  if (launch.state === 'RUNNING' && claim?.token === token && startedOn !== undefined && maker) {
    return { launchId: id, outcome: 'started', at: startedOn };
  }
  if (!maker) return refused(id, 'the Launch was taken back (its Firework was rerun or deleted)');
  if (launch.state !== 'RESERVED') return refused(id, `the Launch is ${launch.state}, not RESERVED`);
  if (claim?.agent !== agent) return refused(id, 'another agent holds the Launch');
  const heldToken: unknown = claim.token ?? null;
  if (heldToken !== null && heldToken !== token)
    return refused(id, 'the Launch was started by another worker, it is RUNNING');
  // RUNNING with a RESERVED Launch: an earlier attempt of this very start came so far.
  const mayGoOn = maker.state === 'RESERVED' || (maker.state === 'RUNNING' && heldToken === token);
  return mayGoOn ? null : refused(id, `its Firework is ${maker.state}, not RESERVED`);
}

function refused(id: LaunchId, reason: string): StartResult {
  return { launchId: id, outcome: 'refused', reason };
}

async function startOpen(
  connection: MongoConnection,
  request: StartLaunches,
  open: Starting[],
): Promise<{ started: Map<LaunchId, StartResult>; touched: FwId[] }> {
  const started = new Map<LaunchId, StartResult>();
  if (open.length === 0) return { started, touched: [] };
  const now = connection.now();
  const mine = await recordTokens(connection, request.agentId, open);
  const holders = mine.flatMap(({ maker, sharers }) => [
    ...(maker ? [maker] : []),
    ...sharers.filter((sharer) => startedWith.has(sharer.state)),
  ]);
  const missed = await markRunning(
    connection,
    holders.map((holder) => holder.fwId),
    now,
  );
  const running = await runFireworks(connection, mine, now);
  await runLaunches(connection, { request, running, now });
  for (const { start } of open) {
    const won = running.some((one) => one.start === start);
    const result: StartResult = won
      ? { launchId: start.launchId, outcome: 'started', at: now }
      : refused(start.launchId, 'it was started by another worker, or taken back, at this moment');
    started.set(start.launchId, result);
  }
  const lost = mine.filter((one) => !running.includes(one)).flatMap(({ maker }) => maker?.fwId ?? []);
  return { started, touched: [...missed, ...lost] };
}

/** @returns those whose token is ours now */
async function recordTokens(
  connection: MongoConnection,
  agent: string,
  open: Starting[],
): Promise<Starting[]> {
  const tokens = new Map(open.map(({ start }) => [Number(start.launchId), start.token]));
  const ours = { $eq: ['$token', valueFor('_id', tokens)] };
  const { matchedCount } = await connection.starts.updateMany(
    {
      _id: { $in: [...tokens.keys()] },
      agent,
      $expr: { $or: [{ $eq: [{ $ifNull: ['$token', null] }, null] }, ours] },
    },
    [{ $set: { token: valueFor('_id', tokens) } }],
    passing,
  );
  if (matchedCount === open.length) return open;
  const ids = open.map(({ start }) => Number(start.launchId));
  const claims = await connection.starts.find({ _id: { $in: ids }, agent }).toArray();
  return open.filter(({ start }) =>
    claims.some((claim) => claim._id === start.launchId && claim.token === start.token),
  );
}

/** @returns those whose Firework runs now */
async function runFireworks(
  connection: MongoConnection,
  mine: Starting[],
  now: Timestamp,
): Promise<Starting[]> {
  if (mine.length === 0) return [];
  const running = { $set: { state: 'RUNNING', updated_on: now } };
  const launches = mine.map(({ start }) => start.launchId);
  const makers = mine.flatMap(({ maker }) => maker?.fwId ?? []);
  // A Firework holds no other Launch of the batch than its own.
  const reserved = {
    fw_id: { $in: makers },
    state: { $in: ['RESERVED', 'RUNNING'] },
    launches: { $in: launches },
  };
  const { matchedCount } = await connection.fireworks.updateMany(reserved, running, passing);
  await runSharers(connection, mine, running);
  if (matchedCount === mine.length) return mine;
  const holders = await holdersOf(
    connection,
    mine.map(({ start }) => start.launchId),
  );
  return mine.filter(({ start, maker }) =>
    holders.some(
      (holder) =>
        holder.fwId === maker?.fwId && holder.state === 'RUNNING' && holder.launches.includes(start.launchId),
    ),
  );
}

async function runSharers(connection: MongoConnection, mine: Starting[], running: Document): Promise<void> {
  const operations = mine.flatMap(({ start, sharers }) =>
    sharers
      .filter((sharer) => startedWith.has(sharer.state))
      .map((sharer) => ({
        updateOne: {
          filter: { fw_id: sharer.fwId, state: sharer.state, launches: start.launchId },
          update: running,
        },
      })),
  );
  if (operations.length > 0) await connection.fireworks.bulkWrite(operations, { ordered: false, ...passing });
}

async function runLaunches(
  connection: MongoConnection,
  { request, running, now }: { request: StartLaunches; running: Starting[]; now: Timestamp },
): Promise<void> {
  const fworker = fworkerDocument(request.fworker);
  const { host, ip } = request;
  const entry = { state: 'RUNNING', createdOn: now, updatedOn: now } as const;
  // Launches of one claim have the same history: they are one operation.
  const alike = new Map<string, Starting[]>();
  for (const one of running) {
    const kind = JSON.stringify(one.launch?.history);
    alike.set(kind, [...(alike.get(kind) ?? []), one]);
  }
  const operations = [...alike.values()].map((group) => {
    const dirs = new Map(group.map(({ start }) => [Number(start.launchId), start.launchDir]));
    const set = new Map<string, unknown>([
      ['state', 'RUNNING'],
      ['fworker', fworker],
      ['host', host],
      ['ip', ip],
    ]);
    addHistory(set, changedHistory(group[0]?.launch?.history ?? [], { entry }));
    const literals = [...set].map(([name, value]) => [name, { $literal: value }] as const);
    const members = { ...Object.fromEntries(literals), launch_dir: valueFor('launch_id', dirs) };
    const filter = { launch_id: { $in: [...dirs.keys()] }, state: 'RESERVED' };
    return { updateMany: { filter, update: [{ $set: members }] } };
  });
  if (operations.length === 0) return;
  const { matchedCount } = await connection.launches.bulkWrite(operations, { ordered: false });
  if (matchedCount === running.length) rememberStarts(connection, running, entry);
}

/** When it is reported it need not be read again; nor anything else of what is alone in its Workflow. */
function rememberStarts({ claims, homes }: MongoConnection, running: Starting[], entry: HistoryEntry): void {
  for (const { start, remembered } of running) {
    const workflow = remembered && homes.workflowOf(remembered.firework.fwId);
    if (!workflow || remembered.firework.launches.length !== 1) continue;
    const { launch } = remembered;
    const history = changedHistory(launch.history, { entry });
    const started: LaunchRecord = { ...launch, state: 'RUNNING', launchDir: start.launchDir, history };
    const which = homes.sizeOf(workflow) === 1 ? 'lone' : 'others';
    claims.rememberStart({ ...remembered, launch: started, token: start.token, workflow }, which);
  }
}
