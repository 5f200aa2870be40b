import type { StartLaunches, StartResult } from '@skyrocket/contract/running';
import { changedHistory } from '@skyrocket/model/apply-change';
import type { FwId } from '@skyrocket/model/ids';
import type { HistoryEntry, LaunchRecord } from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { Document } from 'mongodb';
import { type MongoConnection, passing } from './connection.ts';
import { fworkerDocument } from './documents.ts';
import { findHomes } from './find-homes.ts';
import { addHistory } from './launch-writes.ts';
import { areLone } from './lone-workflows.ts';
import { foregone, holdersOf, lookAtStarts, refused, type Start, type Starting } from './look-at-starts.ts';
import { markRunning } from './mark-running.ts';
import { valueFor } from './planned-writes.ts';

/** States in which a Firework that shares a Launch becomes RUNNING when that is started. */
const startedWith: ReadonlySet<State> = new Set(['WAITING', 'READY', 'RESERVED', 'FIZZLED']);

/** What a start did. `touched`: Fireworks whose copies in the Workflow may be wrong now, since a decision came between. */
export interface Started {
  results: StartResult[];
  touched: FwId[];
}

/**
 * Starts Launches without a lock, for callers that came at about the same moment, in this order (the reasons stand in
 * `mongo-store.ts`): the token of each is recorded; the Workflows' copy of the states; the Fireworks, each only where it still
 * is RESERVED with this Launch; the Launches.
 */
export async function startLaunches(
  connection: MongoConnection,
  requests: readonly StartLaunches[],
): Promise<Started[]> {
  const looked = await Promise.all(requests.map((request) => lookAtStarts(connection, request)));
  const results = new Map<Start, StartResult>();
  const open: Starting[] = [];
  for (const one of looked.flat()) {
    const result = foregone(one);
    if (result) results.set(one.start, result);
    else open.push(one);
  }
  const { started, touched } = await startOpen(connection, open);
  return requests.map(({ starts }) => ({
    results: starts.map((start) => {
      const result = results.get(start) ?? started.get(start);
      return result ?? refused(start.launchId, 'the Launch was deleted');
    }),
    touched: starts.flatMap((start) => touched.get(start) ?? []),
  }));
}

async function startOpen(
  connection: MongoConnection,
  open: Starting[],
): Promise<{ started: Map<Start, StartResult>; touched: Map<Start, FwId[]> }> {
  const started = new Map<Start, StartResult>();
  const touched = new Map<Start, FwId[]>();
  if (open.length === 0) return { started, touched };
  const now = connection.now();
  const mine = new Set(await recordTokens(connection, open));
  const missed = new Set(await markAll(connection, [...mine].flatMap(holdersToRun), now));
  const running = new Set(await runFireworks(connection, [...mine], now));
  await runLaunches(connection, [...running], now);
  for (const one of open) {
    const { start, maker } = one;
    const { launchId } = start;
    const reason = 'it was started by another worker, or taken back, at this moment';
    started.set(
      start,
      running.has(one) ? { launchId, outcome: 'started', at: now } : refused(launchId, reason),
    );
    if (mine.has(one)) {
      const lost = !running.has(one) && maker ? [maker.fwId] : [];
      touched.set(start, [...holdersToRun(one).filter((id) => missed.has(id)), ...lost]);
    }
  }
  return { started, touched };
}

/** Those that are alone in their Workflows are marked with one operation, where no others are among them. */
async function markAll(connection: MongoConnection, fwIds: FwId[], now: Timestamp): Promise<FwId[]> {
  const homes = await findHomes(connection, fwIds);
  const isLone = (id: FwId) => areLone(connection.homes, [homes.get(id) ?? '']);
  const missed = await Promise.all(
    [fwIds.filter(isLone), fwIds.filter((id) => !isLone(id))].map((ids) => markRunning(connection, ids, now)),
  );
  return missed.flat();
}

/** The Fireworks that become RUNNING with a Launch. */
function holdersToRun({ maker, sharers }: Starting): FwId[] {
  const others = sharers.filter((sharer) => startedWith.has(sharer.state));
  return [...(maker ? [maker] : []), ...others].map((holder) => holder.fwId);
}

/** @returns those whose token is ours now */
async function recordTokens(connection: MongoConnection, open: Starting[]): Promise<Starting[]> {
  const operations = [...byAgent(open)].map(([agent, own]) => {
    const tokens = new Map(own.map(({ start }) => [Number(start.launchId), start.token]));
    const ours = { $eq: ['$token', valueFor('_id', tokens)] };
    const filter = {
      _id: { $in: [...tokens.keys()] },
      agent,
      $expr: { $or: [{ $eq: [{ $ifNull: ['$token', null] }, null] }, ours] },
    };
    // Who claimed with a note made ahead may have been said to hold nothing meanwhile.
    return { updateMany: { filter, update: [{ $set: { token: valueFor('_id', tokens), live: true } }] } };
  });
  const { matchedCount } = await connection.starts.bulkWrite(operations, { ordered: false, ...passing });
  if (matchedCount === open.length) return open;
  const ids = open.map(({ start }) => Number(start.launchId));
  const claims = new Map(
    (await connection.starts.find({ _id: { $in: ids } }).toArray()).map((claim) => [claim._id, claim]),
  );
  return open.filter(({ request, start }) => {
    const claim = claims.get(Number(start.launchId));
    return claim?.agent === request.agentId && claim.token === start.token;
  });
}

function byAgent(open: readonly Starting[]): Map<string, Starting[]> {
  const groups = new Map<string, Starting[]>();
  for (const one of open) {
    const { agentId } = one.request;
    const group = groups.get(agentId);
    if (group) group.push(one);
    else groups.set(agentId, [one]);
  }
  return groups;
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

async function runLaunches(connection: MongoConnection, running: Starting[], now: Timestamp): Promise<void> {
  const entry = { state: 'RUNNING', createdOn: now, updatedOn: now } as const;
  // Launches of one claim have the same history: they are one operation.
  const alike = new Map<string, [Starting, ...Starting[]]>();
  for (const one of running) {
    const kind = JSON.stringify([one.request.agentId, one.launch?.history]);
    const group = alike.get(kind);
    if (group) group.push(one);
    else alike.set(kind, [one]);
  }
  const operations = [...alike.values()].map((group) => {
    const dirs = new Map(group.map(({ start }) => [Number(start.launchId), start.launchDir]));
    const [{ request, launch }] = group;
    const set = new Map<string, unknown>([
      ['state', 'RUNNING'],
      ['fworker', fworkerDocument(request.fworker)],
      ['host', request.host],
      ['ip', request.ip],
    ]);
    addHistory(set, changedHistory(launch?.history ?? [], { entry }));
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
