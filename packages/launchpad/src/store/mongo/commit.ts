import type { Change, LaunchChange } from '@skyrocket/model/change';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { FwId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import { MongoBulkWriteError } from 'mongodb';
import { rememberAnswer } from './answers.ts';
import { type MongoConnection, passing } from './connection.ts';
import { launchIdsOf } from './documents.ts';
import {
  type ContestedFirework,
  decideIntent,
  type Intent,
  type RememberedAnswer,
  removeIntent,
  storeIntent,
} from './intents.ts';
import { type LaunchWrite, launchOperations, launchWrite, storedHistory } from './launch-writes.ts';
import { assertHeld, type Lock } from './locks.ts';
import { duplicateKey } from './mongo-errors.ts';
import type { NeighbourhoodLoader } from './neighbourhood-loader.ts';
import { type FireworkWrite, fireworkOperations, type Plan, workflowUpdate } from './planned-writes.ts';

/**
 * A Firework that was not read turned out to be another than was thought, when the Launches were already written: what they
 * say is to be carried out as after a crash, and the decision made again.
 */
export class Overtaken {}

/** A decided change on its way into the database. */
export interface Commit {
  change: Change;
  loader: NeighbourhoodLoader;
  plan: Plan;
  answer: RememberedAnswer | null;
}

/**
 * Writes a change under its lock, and releases that; the order is explained in `mongo-store.ts`.
 * @returns `contested` when a claim or a start was faster: nothing is changed then, and all of it is to be decided again
 */
export async function commitChange(
  connection: MongoConnection,
  lock: Lock,
  { change, loader, plan, answer }: Commit,
): Promise<'written' | 'contested'> {
  const launches = await launchWrites(connection, change, loader);
  const contest = contestOf(plan, loader);
  assertHeld(lock);
  const isRemembered = launches.some((write) => write.history);
  // Read first what is only remembered, before others' claims are contested for it.
  if (isRemembered && contest.length > 0) return 'contested';
  if (contest.length > 0) return commitContested(connection, lock, { plan, launches, contest, answer });
  const found = await writeLaunches(connection, launches);
  if (isRemembered && found < launches.length) return 'contested';
  const { workflows } = lock;
  const intent: Intent = { phase: 'decided', workflows, plan, launches: [], contest: [], answer };
  if (loader.sketched.size > 0) {
    const written = await writeFireworks(connection, plan.fireworks);
    if (written < plan.fireworks.length) throw new Overtaken();
    await writeWorkflows(connection, lock, plan, 'release');
    return 'written';
  }
  if (answer === null && followsFromLaunches(plan, launches)) {
    await finishPlan(connection, lock, intent);
    return 'written';
  }
  await storeIntent(connection, lock.token, intent);
  await finishPlan(connection, lock, intent);
  await removeIntent(connection, lock.token);
  return 'written';
}

async function launchWrites(
  connection: MongoConnection,
  change: Change,
  loader: NeighbourhoodLoader,
): Promise<LaunchWrite[]> {
  await loader.loadLaunches([...change.launches.keys()]);
  const writeOf = async (launch: LaunchRecord, one: LaunchChange): Promise<LaunchWrite> => {
    const write = await launchWrite(connection, launch, one);
    return loader.remembered.has(launch.launchId)
      ? { ...write, history: storedHistory(launch.history) }
      : write;
  };
  return Promise.all(
    [...change.launches].flatMap(([id, one]) => {
      const launch = loader.launches.get(id);
      return launch ? [writeOf(launch, one)] : [];
    }),
  );
}

/**
 * Whether the Launches alone tell what is to be written: then they are the intent, and a refresh finishes what a crash
 * interrupts (`recovery.ts`).
 */
function followsFromLaunches(plan: Plan, launches: readonly LaunchWrite[]): boolean {
  const ends = (write: FireworkWrite) =>
    (write.to === 'COMPLETED' || write.to === 'FIZZLED') && launches.length > 0;
  const frees = (write: FireworkWrite) => write.from === 'WAITING' && write.to === 'READY';
  return (
    plan.added.length === 0 &&
    plan.workflows.every((write) => write.add.size === 0) &&
    plan.fireworks.every(
      (write) => !write.spec && !write.set.has('launches') && (ends(write) || frees(write)),
    )
  );
}

/** The Fireworks that others may claim or start while we decide, as far as it is their state that changes. */
function contestOf(plan: Plan, loader: NeighbourhoodLoader): ContestedFirework[] {
  return plan.fireworks
    .filter(
      ({ from, to, set }) =>
        (from === 'READY' || from === 'RESERVED') && (from !== to || set.has('launches')),
    )
    .map(({ fwId, from, to, set }) => {
      const document = loader.loaded.get(fwId)?.document;
      const launches = launchIdsOf(document?.get('launches'));
      const undo = new Map<string, unknown>([
        ['state', from],
        ['launches', launches],
        ['archived_launches', launchIdsOf(document?.get('archived_launches'))],
      ]);
      return { fwId, from, to, launches, set, undo };
    });
}

async function commitContested(
  connection: MongoConnection,
  lock: Lock,
  members: Omit<Intent, 'phase' | 'workflows'>,
): Promise<'written' | 'contested'> {
  const won = new Set(members.contest.map(({ fwId }) => fwId));
  const plan = { ...members.plan, fireworks: afterContest(members.plan.fireworks, won) };
  const intent: Intent = { ...members, plan, phase: 'trying', workflows: lock.workflows };
  await storeIntent(connection, lock.token, intent);
  assertHeld(lock);
  if (!(await winContest(connection, intent.contest))) {
    await undoContest(connection, intent.contest);
    await removeIntent(connection, lock.token);
    return 'contested';
  }
  await decideIntent(connection, lock.token);
  await finishPlan(connection, lock, intent);
  await removeIntent(connection, lock.token);
  return 'written';
}

/** What is left to be written of Fireworks whose state has been won: their specs. */
function afterContest(writes: FireworkWrite[], won: ReadonlySet<FwId>): FireworkWrite[] {
  return writes.flatMap((write) => {
    if (!won.has(write.fwId)) return [write];
    return write.spec ? [{ ...write, from: write.to, set: new Map() }] : [];
  });
}

async function winContest(connection: MongoConnection, contest: ContestedFirework[]): Promise<boolean> {
  const operations = contest.map(({ fwId, from, launches, set }) => ({
    updateOne: { filter: { fw_id: fwId, state: from, launches }, update: { $set: set } },
  }));
  const { matchedCount } = await connection.fireworks.bulkWrite(operations, { ordered: false, ...passing });
  return matchedCount === contest.length;
}

/** Puts back what was won of a contest; it is recognised by the moment that was written with it. */
export async function undoContest(connection: MongoConnection, contest: ContestedFirework[]): Promise<void> {
  const operations = contest.map(({ fwId, to, set, undo }) => ({
    updateOne: {
      filter: { fw_id: fwId, state: to, updated_on: set.get('updated_on') },
      update: { $set: undo },
    },
  }));
  if (operations.length > 0) await connection.fireworks.bulkWrite(operations, { ordered: false });
}

/** Writes a decided plan and releases its lock. May be repeated from the beginning after a crash anywhere. */
export async function finishPlan(connection: MongoConnection, lock: Lock, intent: Intent): Promise<void> {
  const { plan, launches, answer } = intent;
  assertHeld(lock);
  await insertFireworks(connection, plan.added);
  await writeLaunches(connection, launches);
  await writeFireworks(connection, plan.fireworks);
  if (answer) await rememberAnswer(connection, answer);
  assertHeld(lock);
  if (plan.claimable.length > 0) {
    await writeWorkflows(connection, lock, plan, 'keep-locked');
    const waiting = { fw_id: { $in: plan.claimable }, state: 'WAITING' };
    await connection.fireworks.updateMany(waiting, { $set: { state: 'READY' } }, passing);
  }
  await writeWorkflows(connection, lock, plan, 'release');
}

export async function insertFireworks(
  connection: MongoConnection,
  added: Map<string, unknown>[],
): Promise<void> {
  if (added.length === 0) return;
  try {
    await connection.fireworks.insertMany(added, { ordered: false, ...passing });
  } catch (error) {
    // Those that an earlier attempt has inserted are there.
    if (!(error instanceof MongoBulkWriteError && error.code === duplicateKey)) throw error;
  }
}

/** @returns how many of the Launches are as the writes want them to be */
export async function writeLaunches(connection: MongoConnection, writes: LaunchWrite[]): Promise<number> {
  const changing = writes.filter((write) => write.set.size > 0);
  if (changing.length === 0) return writes.length;
  const options = { ordered: false, ...passing };
  const { matchedCount } = await connection.launches.bulkWrite(launchOperations(changing), options);
  return writes.length - changing.length + matchedCount;
}

/** So many Fireworks are written by one command; of more, half by each of two at the same time. */
const writtenTogether = 250;

/** @returns how many of the Fireworks were as they are expected to be */
export async function writeFireworks(connection: MongoConnection, writes: FireworkWrite[]): Promise<number> {
  if (writes.length === 0) return 0;
  const options = { ordered: false, ...passing };
  const half = writes.length > writtenTogether ? Math.ceil(writes.length / 2) : writes.length;
  const parts = [writes.slice(0, half), writes.slice(half)].filter((part) => part.length > 0);
  const written = parts.map((part) => connection.fireworks.bulkWrite(fireworkOperations(part), options));
  // Who recovers from a failure is not to meet what is still being written.
  await Promise.allSettled(written);
  return (await Promise.all(written)).reduce((sum, { matchedCount }) => sum + matchedCount, 0);
}

/** The last of these writes is the one that must be durable. */
async function writeWorkflows(
  connection: MongoConnection,
  { token, workflows }: Lock,
  plan: Plan,
  lock: 'keep-locked' | 'release',
): Promise<void> {
  const touched = new Set(plan.workflows.map(({ id }) => id.toHexString()));
  const operations = [
    ...plan.workflows.map((write) => ({
      updateOne: {
        filter: { _id: write.id, locked: token },
        update: workflowUpdate(write, lock === 'release'),
      },
    })),
    ...workflows
      .filter((id) => lock === 'release' && !touched.has(id.toHexString()))
      .map((_id) => ({ updateOne: { filter: { _id, locked: token }, update: { $unset: { locked: '' } } } })),
  ];
  if (operations.length === 0) return;
  const durability = lock === 'release' ? {} : passing;
  const { matchedCount } = await connection.workflows.bulkWrite(operations, {
    ordered: false,
    ...durability,
  });
  if (matchedCount < workflows.length && lock === 'release') throw lockLost();
}

/** Somebody removed our lock by force: `lpad admin unlock`, or a program whose clock is wrong. */
export function lockLost(): SkyrocketError {
  return new SkyrocketError(
    'STORE_UNAVAILABLE',
    'a Workflow was unlocked by another program while it was being changed: repeat the call, and run lpad check',
  );
}
