import type { Change, Decision } from '@skyrocket/model/change';
import type { LaunchId } from '@skyrocket/model/ids';
import { emptyNeighbourhood } from '@skyrocket/model/neighbourhood';
import type { State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { ObjectId } from 'mongodb';
import type { Decided, DecisionRequest, LeasedLaunch, View } from '../store.ts';
import { lockLost, writeLaunches } from './commit.ts';
import { type MongoConnection, passing } from './connection.ts';
import { runOffline } from './decide-locked.ts';
import { launchWrite, storedHistory } from './launch-writes.ts';
import { assertHeld, type Lock, newLock, unlock } from './locks.ts';
import { type LoneLaunches, readLoneLaunches } from './lone-launches.ts';
import { loneOnes, loneState } from './lone-workflows.ts';
import { workflowIdOf } from './neighbourhood-loader.ts';
import { recover } from './recovery.ts';

/**
 * Decides reports of Launches, each of a Workflow of one Firework: from what this process remembers of them if it started
 * all of them, else from what it reads, before the lock, of them and their Fireworks alone. It is written as every batch of
 * completions (the lock, the Launches, the Fireworks, the Workflows: see `mongo-store.ts`), but each write is conditional on
 * what is remembered or was read.
 *
 * A Launch may have run without a launchpad, and be RESERVED still. Then it is noted first as one that nobody may start any
 * more, in the place of the token by which a worker would; so the two never both come.
 * @returns null when something is not as it was, or more than a few states would change: then all of it is to be decided
 * under the lock, where what was written so far is found
 */
export async function decideLone<Outcome>(
  connection: MongoConnection,
  { request, end }: { request: DecisionRequest<Outcome>; end: (ending: Ending) => Promise<boolean> },
  decision: (view: View) => Decision<Outcome>,
): Promise<Decided<Outcome> | null> {
  const { key, seeds, expect } = request;
  if (key !== null || expect !== 'children' || seeds.fwIds.length > 0 || seeds.launchIds.length === 0)
    return null;
  const remembered = connection.claims.takeStarts(seeds.launchIds, 'lone');
  const starts = remembered ?? (await readLoneLaunches(connection, seeds.launchIds));
  if (!starts) return null;
  const view = viewOf(starts, connection.now());
  const decided = decision(view);
  if (decided.kind !== 'change') return null;
  const ends = endsOf(decided.change, starts);
  if (!ends || !(await end({ starts, change: decided.change, ends, now: view.now }))) return null;
  return { repeated: false, outcome: decided.outcome, ids: new Map() };
}

function viewOf(starts: LoneLaunches, now: Timestamp): View {
  const neighbourhood = emptyNeighbourhood();
  const launches = new Map<LaunchId, LeasedLaunch>();
  for (const [id, { firework, launch, workflow, agentId, token }] of starts) {
    const { fwId, name, archivedLaunches } = firework;
    const { state } = launch;
    launches.set(id, { launchId: id, fwId, state, active: true, agentId, token });
    neighbourhood.nodes.set(fwId, {
      fwId,
      workflow: workflowIdOf(workflow),
      name,
      state,
      launches: [{ launchId: id, fwId, state }],
      archivedLaunches,
      children: [],
      parents: { total: 0, completed: 0, fizzled: 0 },
      allowFizzledParents: false,
      knowsFizzledParents: false,
      dupefinder: false,
      sharers: [],
    });
  }
  return { neighbourhood, launches, now };
}

type End = Extract<State, 'COMPLETED' | 'FIZZLED'>;

/** By the state that they end in, the Launches; null when the change does anything else but ending all of them. */
function endsOf(change: Change, starts: LoneLaunches): ReadonlyMap<End, LaunchId[]> | null {
  const ends = new Map<End, LaunchId[]>();
  const { size } = starts;
  const isMore = change.added.length > 0 || change.links.length > 0;
  if (isMore || change.fireworks.size !== size || change.launches.size !== size) return null;
  for (const [id, { firework }] of starts) {
    const { state, ...more } = change.fireworks.get(firework.fwId) ?? {};
    if ((state !== 'COMPLETED' && state !== 'FIZZLED') || Object.keys(more).length > 0) return null;
    ends.set(state, [...(ends.get(state) ?? []), id]);
  }
  return ends;
}

/** What was decided of some Launches. */
export interface Ending {
  starts: LoneLaunches;
  change: Pick<Change, 'launches'>;
  ends: ReadonlyMap<End, LaunchId[]>;
  now: Timestamp;
}

/**
 * Writes what was decided at about the same moment, together; if something is not as it is remembered, each for itself.
 * @returns for each false when that was so; then its lock is released
 */
export async function endTogether(
  connection: MongoConnection,
  endings: readonly Ending[],
): Promise<boolean[]> {
  const all = joined(endings);
  if (all && (await write(connection, all))) return endings.map(() => true);
  if (endings.length === 1) return [false];
  const written: boolean[] = [];
  for (const ending of endings) written.push(await write(connection, ending));
  return written;
}

/** Null when they concern the same Launches, or nothing. */
function joined(endings: readonly Ending[]): Ending | null {
  const [first, ...others] = endings;
  if (!first || others.length === 0) return first ?? null;
  const starts = new Map(endings.flatMap((ending) => [...ending.starts]));
  if (starts.size < endings.reduce((sum, ending) => sum + ending.starts.size, 0)) return null;
  const launches = new Map(endings.flatMap(({ change }) => [...change.launches]));
  const ends = new Map<End, LaunchId[]>();
  for (const [state, ids] of endings.flatMap((ending) => [...ending.ends])) {
    ends.set(state, [...(ends.get(state) ?? []), ...ids]);
  }
  const { now } = endings.at(-1) ?? first;
  return { starts, change: { launches }, ends, now };
}

/** @returns false when something was not as it is remembered; then the lock is released */
async function write(connection: MongoConnection, ending: Ending): Promise<boolean> {
  const workflows = [...ending.starts.values()].map(({ workflow }) => workflow);
  const lock = newLock(connection, workflows);
  try {
    const state = { $in: statesOf(ending.starts) };
    const free = { ...loneOnes(workflows), locked: { $exists: false }, state };
    const taken = await connection.workflows.updateMany(free, { $set: { locked: lock.token } });
    const isWritten =
      taken.matchedCount === workflows.length &&
      (await forbidStarts(connection, ending)) &&
      (await endLaunches(connection, ending)) &&
      (await endFireworks(connection, lock, ending));
    if (isWritten) await endWorkflows(connection, lock, ending);
    else await unlock(connection, lock);
    return isWritten;
  } catch (error) {
    // If the database does not answer, the next call of this process does it (left-locks.ts); what is told is the first error.
    await recover(connection, lock.token, lock.workflows).catch(() => {});
    throw error;
  }
}

/** What the Launches, and with them their Fireworks, were. */
const statesOf = (starts: LoneLaunches) => [
  ...new Set([...starts.values()].map(({ launch }) => launch.state)),
];

/** A worker starts a Launch by its token, where there is none yet. */
async function forbidStarts({ starts: tokens }: MongoConnection, { starts }: Ending): Promise<boolean> {
  const reserved = [...starts].flatMap(([id, { launch }]) => (launch.state === 'RESERVED' ? [id] : []));
  if (reserved.length === 0) return true;
  const free = { _id: { $in: reserved.map(Number) }, token: { $in: [null, runOffline] } };
  const noted = await tokens.updateMany(free, { $set: { token: runOffline } }, passing);
  return noted.matchedCount === reserved.length;
}

async function endLaunches(connection: MongoConnection, { starts, change }: Ending): Promise<boolean> {
  const writes = await Promise.all(
    [...starts].map(async ([id, { launch }]) => ({
      ...(await launchWrite(connection, launch, change.launches.get(id) ?? {})),
      history: storedHistory(launch.history),
    })),
  );
  return (await writeLaunches(connection, writes)) === writes.length;
}

async function endFireworks(
  connection: MongoConnection,
  lock: Lock,
  { starts, ends, now }: Ending,
): Promise<boolean> {
  assertHeld(lock);
  const operations = [...ends].map(([state, launchIds]) => {
    const fwIds = launchIds.flatMap((id) => starts.get(id)?.firework.fwId ?? []);
    // A Firework holds no other Launch of the batch than its own.
    const filter = { fw_id: { $in: fwIds }, state: { $in: statesOf(starts) }, launches: { $in: launchIds } };
    return { updateMany: { filter, update: { $set: { state, updated_on: now } } } };
  });
  const { matchedCount } = await connection.fireworks.bulkWrite(operations, { ordered: false, ...passing });
  return matchedCount === starts.size;
}

/** The last of these writes is the one that must be durable. */
async function endWorkflows(
  { workflows }: MongoConnection,
  lock: Lock,
  { starts, ends, now }: Ending,
): Promise<void> {
  assertHeld(lock);
  const operations = [...ends].map(([state, launchIds]) => {
    const ids = launchIds.flatMap((id) => new ObjectId(starts.get(id)?.workflow));
    const update = [{ $set: loneState(state, now) }, { $unset: 'locked' }];
    return { updateMany: { filter: { _id: { $in: ids }, locked: lock.token }, update } };
  });
  const { matchedCount } = await workflows.bulkWrite(operations, { ordered: false });
  if (matchedCount < starts.size) throw lockLost();
}
