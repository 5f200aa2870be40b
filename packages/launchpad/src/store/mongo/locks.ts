import { randomBytes } from 'node:crypto';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import { epochMilliseconds } from '@skyrocket/model/timestamp';
import { type Document, ObjectId } from 'mongodb';
import type { MongoConnection } from './connection.ts';
import { breakForeignLock } from './foreign-locks.ts';
import type { Sight } from './workflow-structure.ts';

/**
 * FireWorks' lock of a Workflow is the member `locked` of its document: who finds none may set it (format §3.5).
 * Python looks only whether it is there, so ours carries its owner and its end: `skyrocket:<owner>:<end>`; who takes over
 * from a dead owner is `<owner>.<random>`, so that what the owner wrote down is found whoever dies next.
 *
 * States of a lock, and how each is left:
 * - none: anybody takes it. It counts when it is durable: of a database that is killed and comes back its holder hears too late,
 *   and somebody else would have taken it.
 * - ours, before its end: its owner works. It writes only while a margin of the time is left, and its last write of
 *   the Workflow, conditional on its own token, removes the lock.
 * - ours, for ends only (`skyrocket:<owner>-ends:<end>`): the same, but its owner changes nothing but RUNNING Fireworks that
 *   end, frees none, and writes single states; so starts mark other Fireworks as RUNNING meanwhile (`mark-running.ts`). Who
 *   finds that more is to be changed makes it an ordinary one first, and reads again ({@link makeOrdinary}).
 * - ours, before its end, but its owner could not end it because the database did not answer: it does so as soon as
 *   it does anything there again (`left-locks.ts`).
 * - ours, past its end: its owner died or lost its connection. Whoever meets it, or upkeep, takes it over with a token of
 *   its own, finishes what was begun and releases it (`recovery.ts`).
 * - `true`: a Python program works, or died. It is waited for, and broken only when the Workflow has not changed for
 *   `lockExpirationSeconds` since it was first seen locked; a live holder replaces the document when it is done
 *   (`foreign-locks.ts`).
 */
export type LockToken = string & { readonly __lock: 'ours' };

/** `ends`: nothing but the ends of RUNNING Fireworks is written, of which none waits for anything. */
export type LockUse = 'any' | 'ends';

/** A lock of ours on some Workflows, and until when its holder may still write. */
export interface Lock {
  token: LockToken;
  use: LockUse;
  /** The Workflows that were to be locked; some may not be there any more. */
  asked: readonly string[];
  workflows: ObjectId[];
  /** Of the monotonic clock of this process, in milliseconds. */
  writeUntil: number;
  /** The Workflow as it was when it was locked, if one alone was locked, and what of it was asked for. */
  seen?: { document: Document; sight: Sight } | undefined;
}

/** Workflows that are to be locked, and what is to be read of the only one. */
export interface ToLock {
  workflows: readonly string[];
  use?: LockUse;
  sight?: Sight | undefined;
}

type Recover = (dead: LockToken, met: readonly ObjectId[]) => Promise<unknown>;

/** How long one call waits for locks of others before it asks to be repeated. */
const patienceMilliseconds = 8_000;

/** This part of a lock's time is left for writes that are on their way when its holder looks at the clock. */
const marginShare = 0.25;

/**
 * Locks all of these Workflows, or none. Those that do not exist are passed over.
 * `recover` finishes what the dead owner of a lock began, and releases it, at least where it was met.
 * @throws STORE_UNAVAILABLE when another program keeps one of them locked for too long: repeat the call later.
 */
export async function lockWorkflows(
  connection: MongoConnection,
  { workflows, use = 'any', sight }: ToLock,
  recover: Recover,
): Promise<Lock> {
  const lock = newLock(connection, workflows, { use });
  try {
    await waitForLock(connection, { lock, sight }, recover);
  } catch (error) {
    // Whether a lock was taken is not known when the database has not answered.
    if (!isSkyrocketError(error)) connection.leftLocks.add(lock);
    throw error;
  }
  return lock;
}

async function waitForLock(
  connection: MongoConnection,
  { lock, sight }: { lock: Lock; sight: Sight | undefined },
  recover: Recover,
): Promise<void> {
  const deadline = Date.now() + patienceMilliseconds;
  for (let attempt = 1; ; attempt++) {
    const asked = performance.now();
    const taken = await lockFree(connection, lock, sight);
    const answered = performance.now() - asked;
    if (taken === lock.workflows.length) return;
    const isLate = Date.now() > deadline;
    // Mostly others are at it for some milliseconds; who they are matters only when they stay.
    if (taken > 0 || isLate || attempt % looksEvery === 2) {
      const held = await heldByOthers(connection, lock);
      if (held.length === 0) return;
      if (held.length < lock.workflows.length) await unlock(connection, lock);
      for (const workflow of held) await breakIfAbandoned(connection, workflow, recover);
      if (isLate) throw stillLocked(held[0]);
    }
    await pause(untilNext(attempt, answered));
    Object.assign(lock, newLock(connection, lock.asked, { use: lock.use }));
  }
}

/**
 * Mostly a lock is held for some commands, which take as long as this one did. On a busy machine, where that is long, who has
 * waited for long asks more often than others, so that nobody waits for ever.
 */
function untilNext(attempt: number, answeredMilliseconds: number): number {
  const held = 6 * answeredMilliseconds * Math.max(0.5, 1.25 - attempt / 8);
  const pause = Math.max(Math.min(longestHeld, held), Math.min(100, 2 * 1.5 ** attempt));
  return pause * (0.5 + Math.random());
}

const longestHeld = 250;

/** Who waits looks so seldom at who keeps it waiting: it is one command instead of three for all who wait. */
const looksEvery = 8;

/** The name and time of a lock that is about to be taken, perhaps in the place of another one of ours. */
export function newLock(
  connection: MongoConnection,
  workflows: readonly string[],
  { before = null, use = 'any' }: { before?: LockToken | null; use?: LockUse } = {},
): Lock {
  const { lockSeconds } = connection.settings;
  const name = randomBytes(9).toString('base64url');
  const first = use === 'ends' ? `${name}-ends` : name;
  const owner = before === null ? first : `${firstOwner(before)}.${name}`;
  const end = Math.ceil(epochMilliseconds(connection.now())) + lockSeconds * 1000;
  return {
    token: `skyrocket:${owner}:${end}` as LockToken,
    use,
    asked: workflows,
    workflows: workflows.map((id) => new ObjectId(id)),
    writeUntil: performance.now() + lockSeconds * 1000 * (1 - marginShare),
  };
}

/** In a filter: a lock of ours for ends only. */
export const forEndsOnly = /^skyrocket:[\w-]{12}-ends:/;

/**
 * Makes a lock for ends only one for any use: from then on no start writes to the Workflows. What was read before may have
 * changed.
 */
export async function makeOrdinary(connection: MongoConnection, lock: Lock): Promise<void> {
  const { token, workflows, asked } = lock;
  const ordinary = newLock(connection, asked, { before: token });
  try {
    const mine = { _id: { $in: workflows }, locked: token };
    await connection.workflows.updateMany(mine, { $set: { locked: ordinary.token } });
  } catch (error) {
    // Whether it was done is not known when the database has not answered.
    connection.leftLocks.add({ token: ordinary.token, workflows });
    throw error;
  }
  Object.assign(lock, ordinary, { workflows, seen: undefined });
}

/** Our token, if the member `locked` of a Workflow is one. */
export function ownToken(locked: unknown): LockToken | null {
  return typeof locked === 'string' && /^skyrocket:[\w.-]+:\d+$/.test(locked) ? (locked as LockToken) : null;
}

/** Who took the lock when it was free. */
export function firstOwner(token: LockToken): string {
  return token.slice('skyrocket:'.length).split(/[.:]/, 1)[0] ?? '';
}

/** Whether the owner of a token may no longer write. */
export function isDead(connection: MongoConnection, token: LockToken): boolean {
  return Number(token.split(':')[2]) < epochMilliseconds(connection.now());
}

/** @throws STORE_UNAVAILABLE when so much time has passed that another may take the lock over. */
export function assertHeld(lock: Lock): void {
  if (performance.now() < lock.writeUntil) return;
  throw new SkyrocketError(
    'STORE_UNAVAILABLE',
    'this program was held up for too long while it had a Workflow locked: what it began is finished by the next that comes; repeat the call',
  );
}

/** Locks what is free. @returns how many Workflows that were */
async function lockFree(
  { workflows: collection }: MongoConnection,
  lock: Lock,
  sight: Sight | undefined,
): Promise<number> {
  const [only, ...others] = lock.workflows;
  if (!only) return 0;
  const set = { $set: { locked: lock.token } };
  if (sight && others.length === 0) {
    const free = { _id: only, locked: { $exists: false } };
    const options = { projection: sight.projection, returnDocument: 'before' } as const;
    const document = await collection.findOneAndUpdate(free, set, options);
    lock.seen = document ? { document, sight } : undefined;
    return document ? 1 : 0;
  }
  const free = { _id: { $in: lock.workflows }, locked: { $exists: false } };
  return (await collection.updateMany(free, set)).modifiedCount;
}

/** Those that were not free, as they stand: one that is free by now was not a moment ago. Leaves out what does not exist. */
async function heldByOthers(connection: MongoConnection, lock: Lock): Promise<Document[]> {
  const there = await connection.workflows
    .find(
      { _id: { $in: lock.workflows } },
      { projection: { locked: 1, updated_on: 1, nodes: { $slice: 1 } } },
    )
    .toArray();
  lock.workflows = there.map((workflow): ObjectId => workflow._id);
  return there.filter((workflow) => workflow.locked !== lock.token);
}

/** Adds Workflows that are there to a lock, without waiting. @returns false when others have some of them locked */
export async function lockFurther(
  { workflows: collection }: MongoConnection,
  lock: Lock,
  workflows: readonly ObjectId[],
): Promise<boolean> {
  const held = new Set(lock.workflows.map((id) => id.toHexString()));
  const further = workflows.filter((id) => !held.has(id.toHexString()));
  if (further.length === 0) return true;
  const free = { _id: { $in: further }, locked: { $exists: false } };
  await collection.updateMany(free, { $set: { locked: lock.token } });
  const there = await collection.find({ _id: { $in: further } }, { projection: { locked: 1 } }).toArray();
  const mine = there.filter(({ locked }) => locked === lock.token).map(({ _id }): ObjectId => _id);
  lock.workflows = [...lock.workflows, ...mine];
  lock.asked = lock.workflows.map((id) => id.toHexString());
  return mine.length === there.length;
}

/** Removes our lock where we still hold it; durably, for nobody would know of a lock that came back with a killed database. */
export async function unlock(connection: MongoConnection, { token, workflows }: Lock): Promise<void> {
  if (workflows.length === 0) return;
  const mine = { _id: { $in: workflows }, locked: token };
  await connection.workflows.updateMany(mine, { $unset: { locked: '' } });
}

async function breakIfAbandoned(
  connection: MongoConnection,
  workflow: Document,
  recover: Recover,
): Promise<void> {
  if (workflow.locked === undefined) return;
  const ours = ownToken(workflow.locked);
  if (ours === null) await breakForeignLock(connection, workflow);
  else if (isDead(connection, ours)) await recover(ours, [workflow._id]);
}

function stillLocked(workflow: Document | undefined): SkyrocketError {
  const nodes: unknown = workflow?.nodes;
  const name = Array.isArray(nodes) ? `the Workflow of Firework ${nodes[0]}` : 'a Workflow';
  return new SkyrocketError(
    'STORE_UNAVAILABLE',
    `${name} is locked by another program, nothing was changed: repeat the call; if that program is dead, lpad admin unlock frees it at once`,
  );
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
