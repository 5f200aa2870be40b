import { randomUUID } from 'node:crypto';
import { SkyrocketError } from '@skyrocket/model/errors';
import { type FwId, fwId } from '@skyrocket/model/ids';
import { epochMilliseconds } from '@skyrocket/model/timestamp';
import type { Document, ObjectId } from 'mongodb';
import { rememberAnswer } from './answers.ts';
import { type MongoConnection, passing } from './connection.ts';
import { integerOf } from './documents.ts';
import { duplicateKey, isServerError } from './mongo-errors.ts';

/**
 * The addition of whole Workflows, written down before anything is inserted. Everything inserted is WAITING; when all of it
 * is there the addition is `decided`, and then the roots become READY, which makes them claimable.
 * A crash before it is decided leaves an addition that is taken back; one after it leaves one that is finished. Which of
 * them it is, is settled by one write that only one can make: whoever takes an addition back first makes it `dying`.
 */
export interface Addition {
  key: string;
  /** Tells this attempt from another with the same key. */
  token: string;
  fireworks: IdRange;
  launches: IdRange;
  workflows: ObjectId[];
}

interface IdRange {
  first: number;
  count: number;
}

/** Inserting half a million Fireworks takes a minute. */
export const additionSeconds = 600;

const idOf = (key: string) => `add:${key}`;

/** Null when another call with this key is at it, or died. */
export async function beginAddition(
  connection: MongoConnection,
  addition: Omit<Addition, 'token'>,
): Promise<Addition | null> {
  const token = randomUUID();
  const until = epochMilliseconds(connection.now()) + additionSeconds * 1000;
  const { key, ...ranges } = addition;
  const document = { _id: idOf(key), phase: 'inserting', token, until, ...ranges };
  try {
    await connection.intents.insertOne(document, passing);
    return { ...addition, token };
  } catch (error) {
    if (isServerError(error, duplicateKey)) return null;
    throw error;
  }
}

/** Ends an addition for which nothing has been inserted. */
export async function dropAddition({ intents }: MongoConnection, { key, token }: Addition): Promise<void> {
  await intents.deleteOne({ _id: idOf(key), token }, passing);
}

/** From here on the addition cannot be taken back. @throws STORE_UNAVAILABLE when that has been done */
export async function decideAddition(
  connection: MongoConnection,
  { key, token }: Addition,
  { ready, text }: { ready: FwId[]; text: string },
): Promise<void> {
  const decided = await connection.intents.updateOne(
    { _id: idOf(key), token, phase: 'inserting' },
    { $set: { phase: 'decided', ready, text } },
    passing,
  );
  if (decided.matchedCount === 1) return;
  throw new SkyrocketError(
    'STORE_UNAVAILABLE',
    'adding took so long that it was taken back, nothing was added: repeat the call with fewer Workflows',
  );
}

/** Fewer are not worth a second command. */
const manyRoots = 1000;

/** Makes the roots claimable. May be repeated. */
export async function finishAddition(
  connection: MongoConnection,
  { key, ready, text }: { key: string; ready: FwId[]; text: string },
): Promise<void> {
  await rememberAnswer(connection, { key, text, on: new Date() });
  const half = Math.ceil(ready.length / 2);
  // Most of the time of such an update goes into indexes. Without roots it still makes all before it durable.
  const parts = ready.length > manyRoots ? [ready.slice(0, half), ready.slice(half)] : [ready];
  await Promise.all(
    parts.map((ids) =>
      connection.fireworks.updateMany(
        { fw_id: { $in: ids }, state: 'WAITING' },
        { $set: { state: 'READY' } },
        { hint: { fw_id: 1 } },
      ),
    ),
  );
  await connection.intents.deleteOne({ _id: idOf(key) }, passing);
}

/** Finishes an addition that is decided, and takes one back whose time is over. */
export async function abandonIfDead(connection: MongoConnection, key: string): Promise<void> {
  const intent = await connection.intents.findOne({ _id: idOf(key) });
  if (intent) await settleAddition(connection, intent);
}

/** As {@link abandonIfDead}, for all of them. */
export async function settleAdditions(connection: MongoConnection): Promise<void> {
  const now = epochMilliseconds(connection.now());
  const dead = await connection.intents
    .find({ _id: { $gte: 'add:', $lt: 'add;' }, until: { $lt: now } })
    .toArray();
  for (const intent of dead) await settleAddition(connection, intent);
}

async function settleAddition(connection: MongoConnection, intent: Document): Promise<void> {
  const _id = String(intent._id);
  const isOver = Number(intent.until) < epochMilliseconds(connection.now());
  if (!isOver) return;
  if (intent.phase === 'decided') {
    const ready = Array.isArray(intent.ready) ? intent.ready.map((id) => fwId(integerOf(id))) : [];
    await finishAddition(connection, { key: _id.slice('add:'.length), ready, text: String(intent.text) });
    return;
  }
  const dying = await connection.intents.updateOne(
    { _id, token: intent.token, phase: { $in: ['inserting', 'dying'] } },
    { $set: { phase: 'dying' } },
    passing,
  );
  if (dying.matchedCount === 1) await takeBack(connection, intent);
}

async function takeBack(connection: MongoConnection, intent: Document): Promise<void> {
  const within = (range: Document) => ({
    $gte: integerOf(range.first),
    $lt: integerOf(range.first) + integerOf(range.count),
  });
  await connection.workflows.deleteMany({ _id: { $in: intent.workflows } }, passing);
  await connection.fireworks.deleteMany({ fw_id: within(intent.fireworks) }, passing);
  await connection.launches.deleteMany({ launch_id: within(intent.launches) }, passing);
  await connection.intents.deleteOne({ _id: String(intent._id) });
}
